"""Dead letters, and the server's notices of messages it gave up on, to rows of `dead_letters`."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from analytics.rows.line import Count, Line, Origin, Small, cut, utc
from analytics.rows.results import size
from subjects import codec, names
from subjects.errors import ErrorInfo
from subjects.messages import ERASED


class LetterPayload(Struct):
    """What is read of a dead letter."""

    id: str
    function: str
    error: ErrorInfo
    attempts: Small
    at: datetime
    priority: str | None = None
    input: Raw = ERASED


class NoticePayload(Struct):
    """What is read of the server's notice."""

    consumer: str
    stream_seq: Annotated[int, Meta(ge=0)]
    deliveries: Count
    timestamp: datetime
    reason: str | None = None


class LetterRow(Struct):
    """A row of `dead_letters`."""

    kind: str
    attempts: int
    died_at: datetime
    stream_seq: int
    id: str | None = None
    queue: str | None = None
    function: str | None = None
    priority: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    retryable: bool | None = None
    input_bytes: int | None = None
    consumer: str | None = None
    task_seq: int | None = None


_letters = Decoder(LetterPayload)
_notices = Decoder(NoticePayload)


def letter(origin: Origin, data: bytes) -> Line:
    """The row of `dead_letters` for a task that failed for good. It stays when the letter is taken away."""
    row = _letter(origin, data) if origin.subject.startswith("dlq.") else _notice(origin, data)
    return Line("dead_letters", origin.sequence, codec.encode(row))


def _letter(origin: Origin, data: bytes) -> LetterRow:
    told = codec.decode(data, _letters)
    queue, function = names.split_function(told.function)
    return LetterRow(
        "failed",
        told.attempts,
        utc(told.at),
        origin.sequence,
        id=told.id,
        queue=queue,
        function=function,
        priority=told.priority,
        error_type=told.error.type,
        error_message=cut(told.error.message),
        retryable=told.error.retryable,
        input_bytes=size(told.input),
    )


def _notice(origin: Origin, data: bytes) -> LetterRow:
    told = codec.decode(data, _notices)
    terminated = ".MSG_TERMINATED." in origin.subject
    return LetterRow(
        "terminated" if terminated else "max_deliveries",
        min(told.deliveries, 2**31 - 1),
        utc(told.timestamp),
        origin.sequence,
        error_message=cut(told.reason),
        consumer=told.consumer,
        task_seq=told.stream_seq,
    )
