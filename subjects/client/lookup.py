"""Where a task stands: its result, else its last event, else its place in the queue or on the calendar."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.messages import Progress, Result, Retried, Started, State, TaskView

_results = msgspec.json.Decoder(Result)


async def result(bus: Bus, id: str) -> Result | None:
    """The outcome of a task, or None while there is none."""
    record = await Records(bus, streams.STREAM_RESULTS).last(names.any_result(id))
    return None if record is None else codec.decode(record.data, _results)


async def queued_record(bus: Bus, id: str) -> Record | None:
    """The message of a task that is not finished, whatever kind of id it has."""
    tasks = Records(bus, streams.STREAM_TASKS)
    bare = codec.bare_sequence(id)
    if bare is None:
        return await tasks.last(names.any_task(id))
    record = await tasks.at(bare[1])
    return record if record is not None and record.subject.startswith("task.") else None


async def view(bus: Bus, id: str) -> TaskView:
    """Where the task stands right now; NotFound where nothing is known of it."""
    names.token(id)
    outcome, queued, scheduled, events = await asyncio.gather(
        result(bus, id),
        queued_record(bus, id),
        Records(bus, streams.STREAM_TASKS).last(names.schedule(id)),
        Records(bus, streams.STREAM_EVENTS).last_of(names.any_event(id)),
    )
    told = {record.subject.rpartition(".")[2]: record for record in events}
    if outcome is not None:
        return _finished(outcome)
    if queued is not None:
        return _unfinished(id, queued, told)
    if scheduled is not None and codec.SCHEDULE not in scheduled.headers:
        return _scheduled(id, scheduled, told)
    # It may have finished between the reads.
    outcome = await result(bus, id)
    if outcome is None:
        raise errors.NotFound(f"no task {id!r}")
    return _finished(outcome)


def _finished(outcome: Result) -> TaskView:
    return TaskView(
        id=outcome.id,
        function=f"{outcome.queue}.{outcome.function}",
        state=outcome.state,
        priority=outcome.priority,
        submitted_at=outcome.submitted_at,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        attempt=outcome.attempts,
        worker=outcome.worker,
        result=outcome,
    )


def _unfinished(id: str, queued: Record, told: dict[str, Record]) -> TaskView:
    name = names.parse_task(queued.subject)
    state: State = "queued"
    fields: dict[str, Any] = {}
    started = _event(told.get("started"), Started)
    retried = _event(told.get("retry"), Retried)
    if started is not None:
        state = "running"
        fields = {"started_at": started.started_at, "worker": started.worker, "attempt": started.attempt}
    if retried is not None and (started is None or retried.next_attempt > started.attempt):
        state = "queued"
        fields = {"attempt": retried.next_attempt}
        if retried.error is not None:
            fields["message"] = f"attempt {retried.attempt} failed: {retried.error.message}"
    progress = _event(told.get("progress"), Progress)
    if progress is not None and state == "running":
        fields |= {"progress": progress.progress, "message": progress.message}
    submitted = queued.headers.get(codec.SUBMITTED)
    return TaskView(
        id=id,
        function=f"{name.queue}.{name.function}",
        state=state,
        priority=name.priority,
        submitted_at=datetime.fromisoformat(submitted) if submitted else queued.stored_at,
        **fields,
    )


def _scheduled(id: str, scheduled: Record, told: dict[str, Record]) -> TaskView:
    name = names.parse_task(scheduled.headers["Nats-Schedule-Target"])
    when = scheduled.headers["Nats-Schedule"].removeprefix("@at ")
    retried = _event(told.get("retry"), Retried)
    return TaskView(
        id=id,
        function=f"{name.queue}.{name.function}",
        state="queued",
        priority=name.priority,
        submitted_at=scheduled.stored_at,
        at=datetime.fromisoformat(when) if when[:2].isdigit() else None,
        attempt=None if retried is None else retried.next_attempt,
    )


def _event(record: Record | None, kind: Any) -> Any:
    if record is None:
        return None
    try:
        return codec.decode(record.data, msgspec.json.Decoder(kind))
    except errors.RevoError:
        # Anyone may publish an event; a broken one must not hide the task.
        return None
