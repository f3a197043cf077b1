"""What tasks tell of themselves to rows of `events`."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from analytics.rows.line import Line, Origin, Small, cut, utc
from subjects import codec, names
from subjects.errors import ErrorInfo


class EventPayload(Struct):
    """What is read of an event of any kind."""

    at: datetime | None = None
    started_at: datetime | None = None
    attempt: Small | None = None
    worker: str | None = None
    progress: float | None = None
    level: str | None = None
    message: str | None = None
    fields: dict[str, Any] | None = None
    next_attempt: Small | None = None
    delay: float | None = None
    error: ErrorInfo | None = None
    agent: str | None = None


class EventRow(Struct):
    """A row of `events`."""

    id: str
    queue: str
    function: str
    kind: str
    attempt: int | None
    happened_at: datetime
    worker: str | None
    progress: float | None
    level: str | None
    message: str | None
    fields: dict[str, Any] | None
    next_attempt: int | None
    delay: float | None
    error_type: str | None
    error_message: str | None
    agent: str | None
    stream_seq: int


_told = Decoder(EventPayload)


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
        utc(told.at or told.started_at or origin.stored_at),
        told.worker,
        told.progress,
        told.level,
        cut(told.message),
        told.fields,
        told.next_attempt,
        told.delay,
        None if error is None else error.type,
        None if error is None else cut(error.message),
        told.agent,
        origin.sequence,
    )
    return Line("events", origin.sequence, codec.encode(row))
