"""Messages to rows: which streams are kept, and who reads their messages."""

from analytics.rows.agents import agent
from analytics.rows.aside import unreadable
from analytics.rows.events import event
from analytics.rows.letters import letter
from analytics.rows.line import Line, Origin, Source
from analytics.rows.metrics import metric
from analytics.rows.results import result
from subjects import errors, names, streams

SOURCES: tuple[Source, ...] = (
    Source(streams.STREAM_RESULTS, names.RESULTS, "analytics_results", result),
    Source(streams.STREAM_EVENTS, names.EVENTS, "analytics_events", event),
    Source(streams.STREAM_METRICS, names.METRICS, "analytics_metrics", metric),
    Source(streams.STREAM_DEAD, ">", "analytics_dead_letters", letter),
    Source(streams.STREAM_AGENTS, ">", "analytics_agents", agent),
)
"""Everything that is kept. Memories are not: see `analytics.ingest.memories`."""


def read(source: Source, origin: Origin, data: bytes) -> Line:
    """The row for a message, in `quarantine` where it cannot be read: never an error."""
    try:
        return source.read(origin, data)
    except (errors.RevoError, ValueError, OverflowError) as error:
        return unreadable(origin, data, str(error))
