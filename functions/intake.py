"""From a delivered message to a task that may run. What need not or cannot run is told apart here."""

import contextlib

from msgspec import Struct, json, structs

from functions.outcome import Outcome, Rejected, Superseded
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Message, Records
from subjects.bus.connection import Exists
from subjects.messages import Retried, Task

SCHEDULER = "Nats-Scheduler"
"""Set by the server on what its calendar puts into the queue."""

_retried = json.Decoder(Retried)


class Ready(Struct, frozen=True):
    """To be run.

    A suspect was held by a process that died: it runs apart, so that it can take nobody along.
    """

    task: Task
    suspect: bool = False


class Settled(Struct, frozen=True):
    """Not to be run; `task` is as good as it could be read."""

    task: Task
    outcome: Outcome


async def read(bus: Bus, message: Message, where: codec.Delivery, stamp: str) -> Ready | Settled:
    """The task in a message. The common case, a first delivery from our own client, costs no round trip."""
    headers = message.headers or {}
    try:
        name = names.parse_task(message.subject)
        id = codec.task_id(name, headers, stamp, where.stream_sequence)
        base = int(headers.get(codec.ATTEMPT, "1"))
        task = codec.task(name, id, message.data, headers, base, where.stored_ns)
    except (errors.RevoError, ValueError) as error:
        info = (
            error.info() if isinstance(error, errors.RevoError) else errors.InvalidHeader(str(error)).info()
        )
        return Settled(_unreadable(message, where, stamp), Rejected(info))
    if where.delivered == 1 and base == 1:
        # The calendar brings what was checked long ago: the id may have come through another door since.
        checked = codec.DOOR in headers and SCHEDULER not in headers
        if checked or codec.bare_sequence(id) is not None:
            return Ready(task)
        if name.id is None:
            return await _move(bus, task, headers)
        return await _own_id(bus, task, where)
    return await _again(bus, task, where)


async def _move(bus: Bus, task: Task, headers: dict[str, str]) -> Settled:
    # The id stands in a header, where no look-up by subject finds it: not the one of another door that brings
    # the same id, not the one that asks or cancels. So it goes to the subject of its id: the first wins.
    if not await _finished(bus, task):
        kept = {key: value for key, value in headers.items() if not key.startswith("Nats-")}
        kept |= {codec.EXPECTED: "0", codec.EXPECTED_SUBJECT: names.any_task(task.id)}
        kept.setdefault(codec.SUBMITTED, task.submitted_at.isoformat())
        subject = names.task(task.queue, task.function, task.priority, task.id)
        with contextlib.suppress(Exists):
            await bus.store(subject, task.input, kept)
    return Settled(task, Superseded())


async def _own_id(bus: Bus, task: Task, where: codec.Delivery) -> Ready | Settled:
    # A plain `nats pub` with an id of its own: nobody has checked whether the id is new. First the queue,
    # then the results: a task on its way from one to the other is seen in at least one of them.
    first = await Records(bus, streams.STREAM_TASKS).next(names.any_task(task.id))
    if first is not None and first.sequence < where.stream_sequence:
        return Settled(task, Superseded())
    if await _finished(bus, task):
        return Settled(task, Superseded())
    return Ready(task)


async def _again(bus: Bus, task: Task, where: codec.Delivery) -> Ready | Settled:
    if await _finished(bus, task):
        return Settled(task, Superseded())
    if where.delivered == 1:
        return Ready(task)
    if await Records(bus, streams.STREAM_TASKS).last(names.schedule(task.id)) is not None:
        return Settled(task, Superseded())
    record = await Records(bus, streams.STREAM_EVENTS).last(
        names.event(task.queue, task.function, task.id, "retry")
    )
    if record is None:
        return Ready(task, suspect=True)
    told = codec.decode(record.data, _retried)
    explained = told.delivery == where.delivered - 1
    killer = told.error is not None and told.error.type == errors.WorkerLost.code
    attempt = max(task.attempt, told.next_attempt)
    return Ready(structs.replace(task, attempt=attempt), suspect=killer or not explained)


async def _finished(bus: Bus, task: Task) -> bool:
    return await Records(bus, streams.STREAM_RESULTS).last(names.any_result(task.id)) is not None


def _unreadable(message: Message, where: codec.Delivery, stamp: str) -> Task:
    """A task to reject: whatever of its subject can be used, and an id made of its place in the stream."""
    parts = [part if names.is_token(part) else "unknown" for part in message.subject.split(".")]
    queue = parts[1] if len(parts) > 1 else "unknown"
    function = parts[3] if len(parts) > 3 else "unknown"
    id = codec.bare_id(stamp, where.stream_sequence)
    return Task(id, queue, function, "medium", message.data, 1, codec.from_ns(where.stored_ns))
