"""Bytes and headers to structs and back. Bad input becomes an error of the table, never a crash."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec

from subjects import errors, names, traces
from subjects.messages import Result, Task

T = TypeVar("T")

MAX_DEPTH = 128
"""Nesting above this is refused: recursion of decoders ends near 1,000, browsers and DuckDB earlier."""

MSG_ID = "Nats-Msg-Id"
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"

TIMEOUT = "Task-Timeout"
MAX_ATTEMPTS = "Task-Max-Attempts"
ATTEMPT = "Task-Attempt"
PARENT = "Task-Parent"
MEMORY = "Task-Memory"
"""Bytes of address space for an attempt, which then runs in a process of its own."""
AGENT = "Task-Agent"
"""The registered agent that the task was given to; its queue and function are what the agent can do."""
SCHEDULE = "Task-Schedule"
TENANT = "Task-Tenant"
SUBMITTED = "Task-Submitted"
DOOR = "Task-Door"
"""Set by our own client: the id was checked against finished tasks before publishing."""
TRACE = traces.HEADER
CE_ID = "ce-id"
"""CloudEvents in binary mode: their id is the idempotency key, where it can stand in a subject."""

encode = msgspec.json.Encoder().encode
_decode_any = msgspec.json.Decoder().decode
_NO_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"?|[^\[\]{}"]+', re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(value: str, most: int = 10_000) -> str:
    r"""`value` as it can be written: in UTF-8, and no longer than `most` characters.

    >>> text("caf\udce9")
    'caf?'
    """
    return value[:most].encode("utf-8", "replace").decode()


def writable(details: dict[str, Any]) -> dict[str, Any]:
    """Each value that is no JSON as its text, so that an error can always be told.

    >>> writable({"account": 7, "kind": int})
    {'account': 7, 'kind': "<class 'int'>"}
    """
    return {text(str(key)): _writable(value) for key, value in details.items()}


def _writable(value: Any) -> Any:
    try:
        return msgspec.json.decode(encode(value))
    except (TypeError, ValueError, RecursionError):
        return text(repr(value), 1000)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def from_ns(nanoseconds: int) -> datetime:
    """A JetStream timestamp as a datetime, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def depth(payload: bytes) -> int:
    """How deeply arrays and objects are nested, without decoding.

    >>> depth(b'{"a": [1, "]]]"]}')
    2
    """
    level = deepest = 0
    for byte in _NO_BRACKET.sub(b"", payload):
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        else:
            level -= 1
    return deepest


def decode(payload: bytes, decoder: "msgspec.json.Decoder[T] | None" = None) -> T:
    """The value in `payload`, as the decoder's type (or anything).

    >>> decode(b"[1,")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidJson: Input data was truncated
    """
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and depth(payload) > MAX_DEPTH:
        raise errors.TooDeep(f"nested more than {MAX_DEPTH} levels deep")
    try:
        return (decoder.decode if decoder is not None else _decode_any)(payload)
    except msgspec.ValidationError as error:
        raise errors.InvalidInput(str(error)) from None
    except UnicodeDecodeError as error:
        raise errors.InvalidUtf8(f"byte {error.start} is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise errors.InvalidJson(str(error)) from None
    except RecursionError:
        raise errors.TooDeep from None


class Delivery(NamedTuple):
    """What the server says of one delivery, read from its acknowledgement subject."""

    stream_sequence: int
    delivered: int
    stored_ns: int
    pending: int
    consumer_sequence: int


def delivery(reply: str) -> Delivery:
    """The fields of `$JS.ACK...`, in its short form and in the one with domain and account."""
    parts = reply.split(".")
    if len(parts) == 9:
        return Delivery(int(parts[5]), int(parts[4]), int(parts[7]), int(parts[8]), int(parts[6]))
    return Delivery(int(parts[7]), int(parts[6]), int(parts[9]), int(parts[10]), int(parts[8]))


def _number(headers: dict[str, str], key: str, low: float, high: float) -> float | None:
    text = headers.get(key)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise errors.InvalidHeader(f"{key}: {text[:80]!r} is no number from {low:g} to {high:g}")
    return value


def task_id(name: names.TaskName, headers: dict[str, str], stamp: str, sequence: int) -> str:
    """The id of a task: from its subject, else its Nats-Msg-Id, else made of the stream and the sequence."""
    if name.id is not None:
        return name.id
    own = headers.get(MSG_ID)
    if own is not None and SCHEDULE not in headers:
        return names.token(own)
    event = headers.get(CE_ID, "")
    return event if names.is_token(event) else bare_id(stamp, sequence)


def bare_id(stamp: str, sequence: int) -> str:
    """The id of a task that was published without one; unique even when the stream is made anew."""
    return f"q{stamp}-{sequence}"


def bare_sequence(id: str) -> tuple[str, int] | None:
    """Stream stamp and sequence of an id made by `bare_id`, else None.

    >>> bare_sequence(bare_id("18c2f0", 12)), bare_sequence("my-1")
    (('18c2f0', 12), None)
    """
    found = re.fullmatch(r"q([0-9a-f]+)-(\d+)", id)
    return (found[1], int(found[2])) if found else None


def stream_stamp(created: datetime) -> str:
    """A stream's birth as hexadecimal milliseconds."""
    return f"{int(created.timestamp() * 1000):x}"


def task(
    name: names.TaskName, id: str, payload: bytes, headers: dict[str, str], attempt: int, stored_ns: int
) -> Task:
    """A task from its message; InvalidHeader where a header cannot be read."""
    if not headers:
        return Task(id, name.queue, name.function, name.priority, payload, attempt, from_ns(stored_ns))
    attempts = _number(headers, MAX_ATTEMPTS, 1, 100)
    memory = _number(headers, MEMORY, 1 << 20, 1 << 44)
    submitted = headers.get(SUBMITTED)
    try:
        first = datetime.fromisoformat(submitted) if submitted else from_ns(stored_ns)
    except ValueError:
        raise errors.InvalidHeader(f"{SUBMITTED}: {submitted!r} is no time") from None
    return Task(
        id=id,
        queue=name.queue,
        function=name.function,
        priority=name.priority,
        input=payload,
        attempt=attempt,
        submitted_at=first,
        timeout=_number(headers, TIMEOUT, 0.001, 604_800),
        max_attempts=None if attempts is None else int(attempts),
        parent=headers.get(PARENT),
        schedule=headers.get(SCHEDULE),
        tenant=headers.get(TENANT),
        trace=traces.valid(headers.get(TRACE)),
        agent=_agent(headers),
        memory=None if memory is None else int(memory),
    )


def _agent(headers: dict[str, str]) -> str | None:
    name = headers.get(AGENT)
    if name is not None and not names.is_token(name):
        raise errors.InvalidHeader(f"{AGENT}: {name[:80]!r} is no name of an agent")
    return name


def carried(of: Task | Result) -> dict[str, str]:
    """The headers that a task keeps when it is written anew."""
    given: dict[str, object] = {
        TIMEOUT: of.timeout,
        MAX_ATTEMPTS: of.max_attempts,
        PARENT: of.parent,
        SCHEDULE: of.schedule,
        TENANT: of.tenant,
        TRACE: of.trace,
        AGENT: of.agent,
        MEMORY: of.memory,
    }
    return {key: str(value) for key, value in given.items() if value is not None}


def to_builtins(value: Any) -> Any:
    """`value` as plain dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value)
