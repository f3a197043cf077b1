"""Tasks as a list: what runs and waits now, then the newest outcomes."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct

from subjects import codec, names, streams
from subjects.bus import Bus, Records
from subjects.client import Client
from subjects.messages import Result, TaskView

PAGE = 200
_results = msgspec.json.Decoder(Result)


class Filter(Struct, frozen=True):
    """Which tasks; empty means all."""

    state: str = ""
    queue: str = ""
    function: str = ""

    def takes(self, view: TaskView) -> bool:
        """Whether the task is one of them."""
        queue = view.function.partition(".")[0]
        return (
            self.state in ("", view.state)
            and self.queue in ("", queue)
            and self.function in ("", view.function)
        )


async def tasks(bus: Bus, wanted: Filter, most: int) -> list[TaskView]:
    """Up to `most` tasks: running, queued from the oldest on, then finished from the newest back."""
    found: list[TaskView] = []
    async for view in _every(bus, wanted.state):
        if len(found) >= most:
            break
        if wanted.takes(view):
            found.append(view)
    return found


async def _every(bus: Bus, state: str) -> AsyncIterator[TaskView]:
    """All tasks among which those of a state are, read as far as somebody asks."""
    if state in ("", "running", "queued"):
        running = await _running(bus)
        for view in running.values():
            yield view
        if state != "running":
            async for view in _queued(bus, running):
                yield view
    if state not in ("running", "queued"):
        async for view in _finished(bus):
            yield view


async def _running(bus: Bus) -> dict[str, TaskView]:
    return {
        held.id: TaskView(
            held.id, held.function, "running", attempt=held.attempt, worker=worker.id, started_at=held.since
        )
        for worker in (await Client(bus).workers()).values()
        for held in worker.held
    }


async def _queued(bus: Bus, running: dict[str, TaskView]) -> AsyncIterator[TaskView]:
    records = Records(bus, streams.STREAM_TASKS)
    stamp = ""
    async for record in records.scan(names.TASKS, page=PAGE):
        name = names.parse_task(record.subject)
        if name.id is None and not stamp:
            stamp = await tasks_stamp(bus)
        id = codec.task_id(name, record.headers, stamp, record.sequence)
        if id not in running:
            yield TaskView(
                id,
                f"{name.queue}.{name.function}",
                "queued",
                priority=name.priority,
                submitted_at=record.stored_at,
            )


async def _finished(bus: Bus) -> AsyncIterator[TaskView]:
    records = Records(bus, streams.STREAM_RESULTS)
    state = (await records.info())["state"]
    last, first = int(state["last_seq"]), int(state["first_seq"])
    while last >= first and state["messages"]:
        start = max(first, last - PAGE + 1)
        page = [
            record for record in await records.range(names.RESULTS, start, PAGE) if record.sequence <= last
        ]
        for record in reversed(page):
            own = codec.decode(record.data, _results)
            yield TaskView(
                own.id,
                f"{own.queue}.{own.function}",
                own.state,
                priority=own.priority,
                submitted_at=own.submitted_at,
                started_at=own.started_at,
                finished_at=own.finished_at,
                attempt=own.attempts,
                worker=own.worker,
                message=own.error.message if own.error else None,
            )
        last = start - 1


async def tasks_stamp(bus: Bus) -> str:
    """The birth of the TASKS stream, as it stands in the ids of bare tasks."""
    info = await Records(bus, streams.STREAM_TASKS).info()
    return codec.stream_stamp(datetime.fromisoformat(info["created"]))
