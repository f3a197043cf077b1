"""What a client can subscribe to: a channel is one row here, nothing more."""

from typing import Literal

from msgspec import Struct

from subjects import names, streams
from subjects.agents import PerformanceAlert
from subjects.alerts import Alert
from subjects.fleet import ENDED, Ended
from subjects.messages import Overview, Progress, QueueStatus, Result, SystemMetrics


class Channel(Struct, frozen=True):
    """A named view of one stream.

    `keep` says what a slow client may miss: nothing (`all`: it gets a `gap` and reads the rest from the
    stream) or everything but the newest (`latest`).
    """

    name: str
    stream: str
    filter: str
    payload: type | None
    keep: Literal["all", "latest"]
    why: str


CHANNELS: tuple[Channel, ...] = (
    Channel(
        "task_completion",
        streams.STREAM_RESULTS,
        names.RESULTS,
        Result,
        "all",
        "Every outcome, the moment it is stored.",
    ),
    Channel(
        "task_progress",
        streams.STREAM_EVENTS,
        "event.*.*.*.progress",
        Progress,
        "all",
        "How far running tasks are.",
    ),
    Channel(
        "task_events",
        streams.STREAM_EVENTS,
        names.EVENTS,
        None,
        "all",
        "Everything tasks tell: started, progress, log, retry.",
    ),
    Channel(
        "agent_status",
        streams.STREAM_METRICS,
        "metric.*.agent_status",
        QueueStatus,
        "latest",
        "One agent's state.",
    ),
    Channel(
        "registered_status",
        streams.STREAM_METRICS,
        "metric.*.registered_status",
        QueueStatus,
        "latest",
        "One registered agent's state: when it changes, and again while it has work.",
    ),
    Channel(
        "engine_status",
        streams.STREAM_METRICS,
        "metric.*.engine_status",
        QueueStatus,
        "latest",
        "One engine's state.",
    ),
    Channel(
        "performance_alert",
        streams.STREAM_METRICS,
        "metric.*.performance_alert",
        PerformanceAlert,
        "all",
        "An agent went beyond a threshold, or came back.",
    ),
    Channel(
        "system_alerts",
        streams.STREAM_METRICS,
        "metric.*.system_alert",
        Alert,
        "all",
        "An alert rings, changes or ends.",
    ),
    Channel(
        "system_metrics",
        streams.STREAM_METRICS,
        "metric.*.system",
        SystemMetrics,
        "latest",
        "One host's load.",
    ),
    Channel(
        "worker_ended",
        streams.STREAM_METRICS,
        f"metric.*.{ENDED}",
        Ended,
        "all",
        "A worker process died, and again once another took its place.",
    ),
    Channel(
        "system_overview",
        streams.STREAM_METRICS,
        "metric.*.overview",
        Overview,
        "latest",
        "The whole in one row.",
    ),
)

BY_NAME: dict[str, Channel] = {channel.name: channel for channel in CHANNELS}

ENGINES = ("perfect_recall", "parallel_mind", "creative", "coordinator")
"""The queues that are engines; every other queue is an agent."""


def matches(filter: str, subject: str) -> bool:
    """Whether a NATS subject filter takes `subject`.

    >>> matches("event.*.*.*.progress", "event.q.f.id.progress"), matches("result.>", "result")
    (True, False)
    """
    wanted, given = filter.split("."), subject.split(".")
    for place, part in enumerate(wanted):
        if part == ">":
            return len(given) > place
        if place >= len(given) or part not in ("*", given[place]):
            return False
    return len(wanted) == len(given)
