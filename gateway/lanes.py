"""What waits in the lanes, for how long, and who is there for it; lanes that nobody ever served too."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway.meter import Rates
from subjects import names, streams
from subjects.bus import Bus, Records
from subjects.client.fleet import Member
from subjects.client.statuses import Depth, Lanes, depths

__all__ = ["Depth", "Lane", "QueueLanes", "Unclaimed", "depths", "listed", "oldest"]

MOST = 200
"""Lanes that are looked into, the fullest first."""
PAGE = 100_000
"""Subjects in one answer of STREAM.INFO: the server's own page."""
PAGES = 10
"""At most so many are read; a lane that is seen only later in them is not told of."""


class Lane(Struct, frozen=True):
    """One priority of a queue. Rates are tasks a minute, null while too little has been counted."""

    priority: str
    queued: int
    running: int
    paused: bool
    oldest_at: Annotated[datetime | None, Meta(description="When the one that waits longest came.")]
    arrived: float | None
    finished: float | None


class QueueLanes(Struct, frozen=True):
    """A queue with its four lanes, and the workers there for it: none that drains or is frozen."""

    queue: str
    queued: int
    running: int
    paused: Annotated[bool, Meta(description="Stopped: nothing of it begins.")]
    oldest_at: datetime | None
    arrived: float | None
    finished: float | None
    workers: list[str]
    slots: int
    lanes: list[Lane]


async def oldest(bus: Bus, lanes: Mapping[tuple[str, str], Depth]) -> dict[tuple[str, str], datetime]:
    """When the task that waits longest was stored, for each lane where one waits."""
    records = Records(bus, streams.STREAM_TASKS)
    waiting = sorted((key for key, lane in lanes.items() if lane.queued), key=lambda key: -lanes[key].queued)

    async def first(key: tuple[str, str]) -> datetime | None:
        found = await records.next(names.lane(*key), lanes[key].delivered + 1)
        return None if found is None else found.stored_at

    chosen = waiting[:MOST]
    stored = await asyncio.gather(*(first(key) for key in chosen))
    return {key: at for key, at in zip(chosen, stored, strict=True) if at is not None}


class Unclaimed:
    """Finds tasks that no lane has: nobody ever served their queue. Two requests where there are none."""

    def __init__(self, bus: Bus) -> None:
        self._tasks = Records(bus, streams.STREAM_TASKS)
        self._rest = 0
        self._elsewhere = 0

    async def look(self, lanes: Lanes) -> dict[tuple[str, str], Depth]:
        """Queue and priority to what waits there."""
        inside = sum(lane.queued + lane.running for lane in lanes.values())
        rest = (await self._tasks.info())["state"]["messages"] - inside
        if rest != self._rest:
            self._rest = rest
            self._elsewhere = await self._tasks.count(names.SCHEDULES, names.WORKFLOWS)
        return await self._listed(lanes) if rest > self._elsewhere else {}

    async def _listed(self, lanes: Lanes) -> dict[tuple[str, str], Depth]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for page in range(PAGES):
            subjects = await self._tasks.subjects(names.TASKS, page * PAGE)
            for subject, count in subjects.items():
                parts = subject.split(".")
                if (parts[1], parts[2]) not in lanes:
                    found[parts[1], parts[2]] += count
            if len(subjects) < PAGE:
                break
        return {key: Depth(count, 0) for key, count in found.items()}


def listed(
    lanes: Lanes, since: Mapping[tuple[str, str], datetime], members: Sequence[Member], rates: Rates
) -> list[QueueLanes]:
    """Each queue that has lanes or workers: first where tasks wait and nobody comes, then the fullest."""
    there = [own for own in members if own.state == "alive"]
    queues = {queue for queue, _ in lanes} | {queue for own in there for queue in own.queues}
    found = [
        _queue(queue, lanes, since, [own for own in there if queue in own.queues], rates) for queue in queues
    ]
    return sorted(
        found, key=lambda own: (bool(own.workers) or not own.queued, -own.queued, -own.running, own.queue)
    )


def _queue(
    queue: str,
    lanes: Lanes,
    since: Mapping[tuple[str, str], datetime],
    serving: Sequence[Member],
    rates: Rates,
) -> QueueLanes:
    own = [_lane((queue, priority), lanes, since, rates) for priority in names.PRIORITIES]
    waiting = [lane.oldest_at for lane in own if lane.oldest_at is not None]
    made = [lanes[queue, priority] for priority in names.PRIORITIES if (queue, priority) in lanes]
    return QueueLanes(
        queue=queue,
        queued=sum(lane.queued for lane in own),
        running=sum(lane.running for lane in own),
        paused=bool(made) and all(lane.paused for lane in made),
        oldest_at=min(waiting, default=None),
        arrived=_sum([lane.arrived for lane in own]),
        finished=_sum([lane.finished for lane in own]),
        workers=[member.id for member in serving],
        slots=sum(member.slots or 0 for member in serving),
        lanes=own,
    )


def _lane(
    key: tuple[str, str], lanes: Lanes, since: Mapping[tuple[str, str], datetime], rates: Rates
) -> Lane:
    depth = lanes.get(key, Depth(0, 0))
    return Lane(
        priority=key[1],
        queued=depth.queued,
        running=depth.running,
        paused=depth.paused,
        oldest_at=since.get(key),
        arrived=None if rates.arrived is None else rates.arrived.get(key, 0.0),
        finished=None if rates.finished is None else rates.finished.get(key, 0.0),
    )


def _sum(rates: Sequence[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return round(sum(known), 2) if len(known) == len(rates) else None
