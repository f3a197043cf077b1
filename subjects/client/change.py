"""Cancels tasks and tries failed ones again."""

import msgspec
from msgspec import Raw

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.bus.connection import Exists
from subjects.client import lookup
from subjects.kv import Objects
from subjects.messages import NULL, Accepted, DeadLetter, Reference, Result, Task, TaskView

_references = msgspec.json.Decoder(Reference)


async def cancel(bus: Bus, id: str, reason: str = "") -> TaskView:
    """The task with its outcome `canceled`, whether it was queued, delayed or running.

    The stored outcome decides the race with a worker that is just done: AlreadyFinished where it was first.
    """
    now = await lookup.view(bus, id)
    if now.result is not None:
        raise errors.AlreadyFinished(f"task {id} is {now.state} already", state=now.state)
    queue, function = names.split_function(now.function)
    record = await lookup.queued_record(bus, id) or await Records(bus, streams.STREAM_TASKS).last(
        names.schedule(id)
    )
    urgency = names.priority(now.priority or "medium")
    task = _read(names.TaskName(queue, urgency, function, id), record)
    outcome = Result(
        id=id,
        queue=queue,
        function=function,
        state="canceled",
        input=NULL if record is None else embeddable(record.data),
        output=NULL,
        error=errors.Canceled(reason).info(),
        attempts=now.attempt or 0,
        worker=now.worker,
        submitted_at=now.submitted_at or codec.now(),
        started_at=now.started_at,
        finished_at=codec.now(),
        priority=urgency,
        parent=task.parent,
        schedule=task.schedule,
        trace=task.trace,
        timeout=task.timeout,
        max_attempts=task.max_attempts,
        tenant=task.tenant,
        agent=task.agent,
        memory=task.memory,
    )
    try:
        await bus.store(names.result(queue, function, id), codec.encode(outcome), {codec.EXPECTED: "0"})
    except Exists:
        done = await lookup.view(bus, id)
        raise errors.AlreadyFinished(f"task {id} is {done.state} already", state=done.state) from None
    await take_off_queue(bus, id)
    await bus.post(names.cancel(id))
    return await lookup.view(bus, id)


def _read(name: names.TaskName, record: Record | None) -> Task:
    """What its message says of a task; nothing where the message is gone or cannot be read."""
    id = name.id or ""
    headers = {} if record is None else record.headers
    try:
        return codec.task(name, id, b"", headers, 1, 0)
    except errors.InvalidHeader:
        return codec.task(name, id, b"", {}, 1, 0)


async def take_off_queue(bus: Bus, id: str) -> None:
    """Remove the queued and the delayed message of a task."""
    tasks = Records(bus, streams.STREAM_TASKS)
    await tasks.purge(names.schedule(id))
    bare = codec.bare_sequence(id)
    if bare is None:
        await tasks.purge(names.any_task(id))
    elif await lookup.queued_record(bus, id) is not None:
        await tasks.delete(bare[1])


async def retry(bus: Bus, id: str) -> Accepted:
    """Run a task that ended without success once more, under the same id; its old outcome is taken away.

    NotFound where nothing is kept of it, AlreadyFinished where it completed, Conflict where it still runs.
    """
    now = await lookup.view(bus, id)
    if now.result is None:
        raise errors.Conflict(f"task {id} is {now.state}; only a finished one can be tried again")
    if now.result.state == "completed":
        raise errors.AlreadyFinished(f"task {id} completed; submit it under a new id", state="completed")
    old = now.result
    dead = Records(bus, streams.STREAM_DEAD)
    letter = await dead.last(names.any_dead_letter(id))
    payload = await whole(bus, old.input)
    await Records(bus, streams.STREAM_RESULTS).purge(names.result(old.queue, old.function, id))
    await Records(bus, streams.STREAM_EVENTS).purge(names.any_event(id, "retry"))
    mark = f"{id}.{int(old.finished_at.timestamp() * 1000)}"
    headers = {codec.MSG_ID: mark, codec.DOOR: "retry", **codec.carried(old)}
    await bus.store(names.task(old.queue, old.function, old.priority, id), payload, headers)
    if letter is not None:
        # By its place: the task may have failed again by now, and that letter stays.
        await dead.delete(letter.sequence)
    return Accepted(id, "queued", now.function)


async def revive(bus: Bus, letter: DeadLetter) -> Accepted:
    """Run a dead letter again whose outcome is kept no more: the letter holds all that is needed."""
    queue, function = names.split_function(letter.function)
    mark = f"{letter.id}.{int(letter.at.timestamp() * 1000)}"
    payload = await whole(bus, letter.input)
    headers = {codec.MSG_ID: mark, codec.DOOR: "retry"}
    await bus.store(names.task(queue, function, letter.priority, letter.id), payload, headers)
    await drop(bus, letter.id)
    return Accepted(letter.id, "queued", letter.function)


async def dead_letters(bus: Bus, queue: str = "*", function: str = "*") -> list[DeadLetter]:
    """The tasks that failed for good, oldest first."""
    records = await Records(bus, streams.STREAM_DEAD).last_of(f"dlq.{queue}.{function}.*")
    decoder = msgspec.json.Decoder(DeadLetter)
    return [codec.decode(record.data, decoder) for record in records]


async def drop(bus: Bus, id: str) -> bool:
    """Forget a dead letter; False where there was none."""
    return await Records(bus, streams.STREAM_DEAD).purge(names.any_dead_letter(id)) > 0


def embeddable(payload: bytes) -> Raw:
    """A task's payload as it can stand in a result: itself, or null where it is no JSON or too large."""
    if len(payload) > streams.MAX_EMBEDDED_INPUT:
        return NULL
    try:
        codec.decode(payload or b"{}")
    except errors.RevoError:
        return Raw(codec.encode(payload[:2000].decode("utf-8", "replace")))
    return Raw(payload or b"{}")


async def whole(bus: Bus, payload: Raw) -> bytes:
    """The bytes of an input or output, fetched from the object store where it is a reference."""
    data = bytes(payload)
    if len(data) > 1000 or b'"sha256"' not in data or b'"object"' not in data:
        return data
    try:
        reference = codec.decode(data, _references)
    except errors.RevoError:
        return data
    bucket, _, name = reference.object.partition("/")
    return await Objects(bus, bucket).get(name)
