"""Queues as they stand: what waits on them, and who serves them."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct

from infra.listing import tasks_stamp
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.bus.connection import Exists
from subjects.client import Client
from subjects.client.change import embeddable
from subjects.messages import NULL, Result, WorkerInfo

PAGE = 100_000
"""Subjects in one answer of STREAM.INFO: the server's own page."""


class Backlog(Struct, frozen=True):
    """One queue. `queued` is what nobody has taken, by priority; `held` is what workers have."""

    queue: str
    queued: dict[str, int]
    held: int
    workers: int
    functions: list[str]

    @property
    def waiting(self) -> int:
        """All that nobody has taken."""
        return sum(self.queued.values())

    @property
    def served(self) -> bool:
        """Whether somebody is there to take it."""
        return self.workers > 0


async def queues(bus: Bus) -> list[Backlog]:
    """Every queue that has work, workers or functions."""
    client = Client(bus)
    workers, functions = await client.workers(), await client.functions()
    stored, asked = await _stored(bus), await lanes(bus)
    known = sorted({*stored, *(_queue(name) for name in functions), *_served(workers)})
    return [_backlog(queue, stored[queue], asked, workers, functions) for queue in known]


async def lanes(bus: Bus) -> dict[str, dict[str, Any]]:
    """CONSUMER.INFO of every consumer of TASKS, by name."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        answer = await bus.api(f"CONSUMER.LIST.{streams.STREAM_TASKS}", {"offset": len(found)})
        page = answer.get("consumers") or []
        found.update((info["name"], info) for info in page)
        if not page or len(found) >= answer.get("total", 0):
            return found


async def reject(bus: Bus, queue: str) -> int:
    """Give every task that waits on a queue the outcome `rejected`; how many there were.

    Conflict where a worker serves the queue: it may hold some of them.
    """
    serving = [
        own.id for own in (await Client(bus).workers()).values() if queue in map(_queue, own.functions)
    ]
    if serving:
        raise errors.Conflict(f"{queue} is served by {', '.join(serving)}; cancel its tasks instead")
    stamp = await tasks_stamp(bus)
    count = 0
    async for record in _waiting(bus, queue):
        name = names.parse_task(record.subject)
        id = codec.task_id(name, record.headers, stamp, record.sequence)
        outcome = _rejected(name, id, record)
        try:
            await bus.store(
                names.result(name.queue, name.function, id), codec.encode(outcome), {codec.EXPECTED: "0"}
            )
        except Exists:
            pass
        else:
            count += 1
        await Records(bus, streams.STREAM_TASKS).delete(record.sequence)
    return count


def _rejected(name: names.TaskName, id: str, record: Record) -> Result:
    return Result(
        id=id,
        queue=name.queue,
        function=name.function,
        state="rejected",
        input=embeddable(record.data),
        output=NULL,
        error=errors.UnknownQueue(f"no worker serves {name.queue}; the queue was dropped").info(),
        attempts=0,
        worker=None,
        submitted_at=record.stored_at,
        started_at=None,
        finished_at=codec.now(),
        priority=name.priority,
    )


async def _waiting(bus: Bus, queue: str) -> AsyncIterator[Record]:
    for urgency in names.PRIORITIES:
        async for record in Records(bus, streams.STREAM_TASKS).scan(names.lane(queue, urgency)):
            yield record


async def _stored(bus: Bus) -> dict[str, dict[str, int]]:
    """Messages of TASKS by queue and priority, the ones that workers hold included."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    offset = 0
    while True:
        body = {"subjects_filter": names.TASKS, "offset": offset}
        answer = await bus.api(f"STREAM.INFO.{streams.STREAM_TASKS}", body)
        subjects = answer.get("state", {}).get("subjects") or {}
        for subject, count in subjects.items():
            parts = subject.split(".")
            found[parts[1]][parts[2]] += count
        offset += len(subjects)
        if len(subjects) < PAGE:
            return found


def _backlog(
    queue: str,
    stored: dict[str, int],
    asked: dict[str, dict[str, Any]],
    workers: dict[str, WorkerInfo],
    functions: dict[str, Any],
) -> Backlog:
    held = {
        urgency: int(asked.get(f"{queue}_{urgency}", {}).get("num_ack_pending", 0))
        for urgency in names.PRIORITIES
    }
    return Backlog(
        queue=queue,
        queued={urgency: max(0, stored.get(urgency, 0) - held[urgency]) for urgency in names.PRIORITIES},
        held=sum(held.values()),
        workers=sum(queue in map(_queue, worker.functions) for worker in workers.values()),
        functions=sorted(name for name in functions if _queue(name) == queue),
    )


def _served(workers: dict[str, WorkerInfo]) -> set[str]:
    return {_queue(name) for worker in workers.values() for name in worker.functions}


def _queue(function: str) -> str:
    return function.partition(".")[0]
