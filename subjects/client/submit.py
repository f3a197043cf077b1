"""Puts tasks into the queue: at once, later, many at a time; the same id twice is one task."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.bus.connection import Exists
from subjects.ids import new_id
from subjects.messages import ERASED, Accepted, Result, State, Submission
from subjects.traces import OFF, Tracer, Work

_results = msgspec.json.Decoder(Result)

AT_ONCE = 64
"""Submissions of one batch that wait for the store together."""
SOON = 0.25
"""Seconds below which a delay is not worth a schedule: the server fires no sooner."""


class Door(Struct, frozen=True):
    """Who publishes, as it is shown with the task: http, ws, cli, python, worker; and below which span.

    `schedule` names the recurring task that this is one run of.
    """

    name: str = "python"
    trace: str | None = None
    tracer: Tracer = OFF
    schedule: str | None = None


async def submit(bus: Bus, submission: Submission, door: Door, *, looked: bool = False) -> Accepted:
    """On disk when this returns. Raises Conflict where the id was used with another function or input.

    `looked`: the caller knows that nothing is stored of the id yet, or nearly; what came since is found.
    """
    if not door.tracer.on:
        return await _submit(bus, submission, door, looked=looked)
    with door.tracer.span(_sending(submission), door.trace) as span:
        own = msgspec.structs.replace(door, trace=span.traceparent)
        accepted = await _submit(bus, submission, own, looked=looked)
        span.note({"messaging.message.id": accepted.id, "revo.duplicate": accepted.duplicate})
        return accepted


def _sending(submission: Submission) -> Work:
    return Work(
        f"send {submission.function}",
        "producer",
        {
            "messaging.system": "nats",
            "messaging.operation.name": "publish",
            "messaging.operation.type": "send",
            "messaging.destination.name": submission.function,
            "messaging.message.body.size": len(bytes(submission.input)),
            "revo.priority": submission.priority,
        },
    )


async def _submit(bus: Bus, submission: Submission, door: Door, *, looked: bool) -> Accepted:
    queue, function = names.split_function(submission.function)
    urgency = names.priority(submission.priority)
    payload = bytes(submission.input)
    if len(payload) > streams.MAX_INPUT:
        raise errors.PayloadTooLarge(f"the input has {len(payload)} bytes; a task takes {streams.MAX_INPUT}")
    codec.decode(payload)
    await bus.room.admit(len(payload))
    own = submission.id is not None
    id = names.token(submission.id) if submission.id is not None else new_id()
    if own and not looked and (known := await _known(bus, id)) is not None:
        return _again(known, submission, id)
    headers = _headers(submission, door, id)
    start = _start(submission)
    target = names.task(queue, function, urgency, id)
    if own:
        # An id made here is in no stream, and its Nats-Msg-Id outlives our patience to publish it again.
        headers[codec.EXPECTED] = "0"
        headers[codec.EXPECTED_SUBJECT] = names.any_task(id)
    try:
        if start is None:
            stored = await bus.store(target, payload, headers)
        else:
            headers.pop(codec.EXPECTED_SUBJECT, None)
            headers |= {"Nats-Schedule": f"@at {start.isoformat()}", "Nats-Schedule-Target": target}
            stored = await bus.store(names.schedule(id), payload, headers)
    except Exists:
        return await _settled(bus, submission, id)
    if stored.duplicate:
        return await _settled(bus, submission, id)
    return Accepted(id, "queued", submission.function, at=start)


async def submit_many(
    bus: Bus, submissions: Sequence[Submission], door: Door
) -> list[Accepted | errors.RevoError]:
    """One answer for each, in order; what was refused does not stop the rest."""
    answers: list[Accepted | errors.RevoError] = [errors.Unavailable()] * len(submissions)
    left = iter(enumerate(submissions))

    async def some() -> None:
        for place, submission in left:
            try:
                answers[place] = await submit(bus, submission, door)
            except errors.RevoError as error:
                answers[place] = error

    await asyncio.gather(*(some() for _ in range(min(AT_ONCE, len(submissions)))))
    return answers


def _headers(submission: Submission, door: Door, id: str) -> dict[str, str]:
    headers = {codec.MSG_ID: id, codec.DOOR: door.name}
    if submission.timeout is not None:
        headers[codec.TIMEOUT] = repr(submission.timeout)
    if submission.max_attempts is not None:
        headers[codec.MAX_ATTEMPTS] = str(submission.max_attempts)
    if submission.parent is not None:
        headers[codec.PARENT] = names.token(submission.parent)
    if submission.agent is not None:
        headers[codec.AGENT] = names.token(submission.agent)
    if submission.memory is not None:
        headers[codec.MEMORY] = str(submission.memory)
    if door.trace is not None:
        headers[codec.TRACE] = door.trace
    if door.schedule is not None:
        headers[codec.SCHEDULE] = door.schedule
    return headers


def _start(submission: Submission) -> datetime | None:
    if submission.at is not None and submission.delay is not None:
        raise errors.InvalidRequest("give `at` or `in`, not both")
    start = submission.at
    if submission.delay is not None:
        start = codec.now() + timedelta(seconds=submission.delay)
    return None if start is None or start <= codec.now() + timedelta(seconds=SOON) else start


async def _known(bus: Bus, id: str) -> Record | None:
    """What is stored of an id: its result, else its queued or delayed message."""
    result, queued, delayed = await asyncio.gather(
        Records(bus, streams.STREAM_RESULTS).last(names.any_result(id)),
        Records(bus, streams.STREAM_TASKS).last(names.any_task(id)),
        Records(bus, streams.STREAM_TASKS).last(names.schedule(id)),
    )
    return result or queued or delayed


async def _settled(bus: Bus, submission: Submission, id: str) -> Accepted:
    # Between the refusal and this look the task may be on its way from the queue to its result.
    known = await _known(bus, id)
    if known is None:
        return Accepted(id, "queued", submission.function, duplicate=True)
    return _again(known, submission, id)


def _again(known: Record, submission: Submission, id: str) -> Accepted:
    state: State = "queued"
    input: bytes | None = known.data
    function = known.headers.get("Nats-Schedule-Target", known.subject)
    if known.subject.startswith("result."):
        result = codec.decode(known.data, _results)
        state, function = result.state, f"{result.queue}.{result.function}"
        input = None if _not_there(result.input) else bytes(result.input)
    else:
        name = names.parse_task(function)
        function = f"{name.queue}.{name.function}"
    if function != submission.function or (
        input is not None and input.strip() != bytes(submission.input).strip()
    ):
        raise errors.Conflict(f"id {id!r} was used before with another function or input")
    return Accepted(id, state, function, duplicate=True)


def _not_there(input: msgspec.Raw) -> bool:
    return bytes(input) == bytes(ERASED) or b'"sha256"' in bytes(input)
