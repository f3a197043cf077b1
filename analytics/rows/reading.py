"""Messages to rows: what each stream's payloads become, as lines of JSON that DuckDB reads.

>>> line = metric(Origin("METRICS", "metric.node-1.queue_depth", 7, codec.from_ns(0)), b'{"depth": 3}')
>>> line.table, line.key, line.json[-35:]
('metrics', 7, b',"data":{"depth":3},"stream_seq":7}')
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from analytics.rows.shapes import (
    EventPayload,
    EventRow,
    MetricRow,
    ResultPayload,
    SystemPayload,
    SystemRow,
    TaskRow,
    UnreadableRow,
)
from subjects import codec, errors, names, streams

LONGEST = 8192
"""Characters of a text that a row keeps."""


class Origin(NamedTuple):
    """Where a message came from."""

    stream: str
    subject: str
    sequence: int
    stored_at: datetime


class Line(NamedTuple):
    """One row of one table; a later line with the same key takes the place of the earlier one."""

    table: str
    key: str | int
    json: bytes


Read = Callable[[Origin, bytes], Line]


class Source(Struct, frozen=True):
    """A stream that becomes rows."""

    stream: str
    filter: str
    consumer: str
    read: Read


_results = Decoder(ResultPayload)
_told = Decoder(EventPayload)
_system = Decoder(SystemPayload)
_objects = Decoder(dict[str, Any])


def result(origin: Origin, data: bytes) -> Line:
    """The row of `tasks` for an outcome. The same task's next outcome replaces it."""
    told = codec.decode(data, _results)
    if names.parse_result(origin.subject) != (told.queue, told.function, told.id):
        raise errors.InvalidInput(f"a result of {told.queue}.{told.function} {told.id} on another's subject")
    error = told.error
    submitted, finished = _utc(told.submitted_at), _utc(told.finished_at)
    started = None if told.started_at is None else _utc(told.started_at)
    row = TaskRow(
        told.id,
        told.queue,
        told.function,
        told.state,
        told.priority,
        told.attempts,
        told.worker,
        submitted,
        started,
        finished,
        None if started is None else _milliseconds(submitted, started),
        None if started is None else _milliseconds(started, finished),
        _milliseconds(submitted, finished),
        None if error is None else error.type,
        None if error is None else error.message[:LONGEST],
        told.parent,
        told.schedule,
        told.agent,
        origin.sequence,
    )
    return Line("tasks", told.id, codec.encode(row))


def event(origin: Origin, data: bytes) -> Line:
    """The row of `events` for what a task told while it ran."""
    name = names.parse_event(origin.subject)
    told = codec.decode(data, _told)
    error = told.error
    row = EventRow(
        name.id,
        name.queue,
        name.function,
        name.kind,
        told.attempt,
        _utc(told.at or told.started_at or origin.stored_at),
        told.worker,
        told.progress,
        told.level,
        None if told.message is None else told.message[:LONGEST],
        told.fields,
        told.next_attempt,
        told.delay,
        None if error is None else error.type,
        None if error is None else error.message[:LONGEST],
        told.agent,
        origin.sequence,
    )
    return Line("events", origin.sequence, codec.encode(row))


def metric(origin: Origin, data: bytes) -> Line:
    """The row of `system_metrics` for a host's load, of `metrics` for any other measurement."""
    _, host, kind = origin.subject.split(".", 2)
    if kind != "system":
        row = MetricRow(host, kind, origin.stored_at, codec.decode(data, _objects), origin.sequence)
        return Line("metrics", origin.sequence, codec.encode(row))
    told = codec.decode(data, _system)
    load = SystemRow(
        told.host,
        _utc(told.timestamp),
        told.cpu_usage,
        told.memory_usage,
        told.disk_usage,
        told.network_io.bytes_sent,
        told.network_io.bytes_received,
        told.load,
        told.processes,
        origin.sequence,
    )
    return Line("system_metrics", origin.sequence, codec.encode(load))


def unreadable(origin: Origin, data: bytes, reason: str) -> Line:
    """The row of `quarantine` for a message that is none of the above."""
    shown = data[:LONGEST].decode(errors="replace")
    why = reason[:LONGEST]
    row = UnreadableRow(origin.stream, origin.sequence, origin.subject, why, shown, origin.stored_at)
    return Line("quarantine", origin.sequence, codec.encode(row))


def refused(table: str, line: bytes, reason: str) -> Line:
    """The row of `quarantine` for a line that DuckDB would not take into `table`."""
    shown = line[:LONGEST].decode(errors="replace")
    row = UnreadableRow("", None, table, reason[:LONGEST], shown, codec.now())
    return Line("quarantine", 0, codec.encode(row))


def read(source: Source, origin: Origin, data: bytes) -> Line:
    """The row for a message, in `quarantine` where it cannot be read: never an error."""
    try:
        return source.read(origin, data)
    except (errors.RevoError, ValueError, OverflowError) as error:
        return unreadable(origin, data, str(error))


SOURCES: tuple[Source, ...] = (
    Source(streams.STREAM_RESULTS, names.RESULTS, "analytics_results", result),
    Source(streams.STREAM_EVENTS, names.EVENTS, "analytics_events", event),
    Source(streams.STREAM_METRICS, names.METRICS, "analytics_metrics", metric),
)
"""Everything that is kept."""


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _milliseconds(first: datetime, last: datetime) -> float:
    return (last - first).total_seconds() * 1000
