"""Outcomes to rows of `tasks`."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from analytics.rows.line import Line, Origin, Small, cut, utc
from subjects import codec, errors, names
from subjects.errors import ErrorInfo
from subjects.messages import ERASED, FinalState, Reference
from subjects.names import Priority


class ResultPayload(Struct):
    """What is read of an outcome; its input and output stay in the stream, their sizes do not."""

    id: str
    queue: str
    function: str
    state: FinalState
    attempts: Small
    submitted_at: datetime
    finished_at: datetime
    started_at: datetime | None = None
    error: ErrorInfo | None = None
    worker: str | None = None
    priority: Priority = "medium"
    parent: str | None = None
    schedule: str | None = None
    agent: str | None = None
    tenant: str | None = None
    trace: str | None = None
    timeout: float | None = None
    max_attempts: Small | None = None
    usage: dict[str, Annotated[float, Meta(ge=0, lt=2**63)]] | None = None
    input: Raw = ERASED
    output: Raw = ERASED


class TaskRow(Struct):
    """A row of `tasks`."""

    id: str
    queue: str
    function: str
    state: str
    priority: str
    attempts: int
    worker: str | None
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime
    queue_ms: float | None
    run_ms: float | None
    total_ms: float
    error_type: str | None
    error_message: str | None
    parent: str | None
    schedule: str | None
    agent: str | None
    tenant: str | None
    trace: str | None
    timeout: float | None
    max_attempts: int | None
    retryable: bool | None
    input_bytes: int | None
    output_bytes: int | None
    model_calls: int | None
    input_tokens: int | None
    output_tokens: int | None
    model_ms: float | None
    usd: float | None
    stream_seq: int


NOTHING: dict[str, float] = {}
REFERENCE = b'{"object":"payloads/'

_results = Decoder(ResultPayload)
_references = Decoder(Reference)


def result(origin: Origin, data: bytes) -> Line:
    """The row of `tasks` for an outcome. The same task's next outcome replaces it."""
    told = codec.decode(data, _results)
    if names.parse_result(origin.subject) != (told.queue, told.function, told.id):
        raise errors.InvalidInput(f"a result of {told.queue}.{told.function} {told.id} on another's subject")
    error = told.error
    used = told.usage or NOTHING
    submitted, finished = utc(told.submitted_at), utc(told.finished_at)
    started = None if told.started_at is None else utc(told.started_at)
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
        None if error is None else cut(error.message),
        told.parent,
        told.schedule,
        told.agent,
        told.tenant,
        told.trace,
        told.timeout,
        told.max_attempts,
        None if error is None else error.retryable,
        size(told.input),
        size(told.output),
        _whole(used.get("model_calls")),
        _whole(used.get("input_tokens")),
        _whole(used.get("output_tokens")),
        used.get("model_ms"),
        used.get("usd"),
        origin.sequence,
    )
    return Line("tasks", told.id, codec.encode(row))


def size(payload: Raw) -> int | None:
    """Bytes of an input or output, of the object where a result only refers to it; None where it was erased.

    >>> size(Raw(b'{"a": 1}')), size(ERASED)
    (8, None)
    >>> size(Raw(b'{"object":"payloads/t-1.input","size":300000,"sha256":"ab"}'))
    300000
    """
    held = memoryview(payload)
    if len(held) < 512:
        text = bytes(held)
        if text == bytes(ERASED):
            return None
        if text.startswith(REFERENCE):
            try:
                return _references.decode(text).size
            except msgspec.DecodeError:
                pass
    return len(held)


def _whole(figure: float | None) -> int | None:
    return None if figure is None else int(figure)


def _milliseconds(first: datetime, last: datetime) -> float:
    return (last - first).total_seconds() * 1000
