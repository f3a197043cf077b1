"""How many tasks of an agent there are at once: one list of seats for each agent, proved by its tasks.

A seat is taken by compare and swap before its task is stored, so whatever number of gateways there are, no
more tasks than seats are unfinished. It is free once its task has an outcome, or is nowhere and long since
late: that is looked up when all are taken, so a gateway that dies in between leaves nothing behind.
"""

import asyncio
import random
from datetime import datetime

from msgspec import Struct

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Records
from subjects.kv import Bucket

BUCKET = "coordination"
TRIES = 50


class Seat(Struct, frozen=True):
    """One task of an agent. Until `late` it is believed though no stream has it."""

    task: str
    queue: str
    function: str
    late: datetime


class Seats:
    """The seats of all agents."""

    def __init__(self, bus: Bus) -> None:
        self._bucket = Bucket(bus, BUCKET, list[Seat])
        self._tasks = Records(bus, streams.STREAM_TASKS)
        self._results = Records(bus, streams.STREAM_RESULTS)

    async def take(self, agent: str, most: int, seat: Seat) -> bool:
        """Whether the seat is new; False where the task has one, or its outcome. AgentBusy: all are taken."""
        for number in range(TRIES):
            taken, revision = await self._bucket.versioned(_key(agent))
            taken = taken or []
            if any(own.task == seat.task for own in taken):
                return False
            if len(taken) >= most:
                taken = await self._unfinished(taken)
            if len(taken) >= most:
                if await self.known(seat):
                    return False
                raise errors.AgentBusy(f"agent {agent!r} has {len(taken)} tasks, and may have {most} at once")
            if await self._bucket.swap(_key(agent), [*taken, seat], revision):
                return True
            # Somebody else was faster, so somebody got on.
            await asyncio.sleep(random.uniform(0, 0.002 * number))  # noqa: S311 - so that not all come again at once
        raise errors.Overloaded(f"too many tasks come for agent {agent!r} at once")

    async def leave(self, agent: str, seat: Seat) -> None:
        """Give a seat back whose task was not stored, or has been answered."""
        for _ in range(TRIES):
            taken, revision = await self._bucket.versioned(_key(agent))
            left = [own for own in taken or [] if own.task != seat.task]
            if len(left) == len(taken or []) or await self._bucket.swap(_key(agent), left, revision):
                return

    async def known(self, seat: Seat) -> bool:
        """Whether a stream has the task: waiting, running or done."""
        # In the order in which a task moves on; a second look finds what went back to the calendar meanwhile.
        for _ in range(2):
            for stream, subject in (
                (self._tasks, names.schedule(seat.task)),
                (self._tasks, names.any_task(seat.task)),
                (self._results, names.any_result(seat.task)),
            ):
                if await stream.last(subject) is not None:
                    return True
        return False

    async def _unfinished(self, taken: list[Seat]) -> list[Seat]:
        subjects = {names.result(own.queue, own.function, own.task): own.task for own in taken}
        done = {subjects[each.subject] for each in await self._results.last_of_each(list(subjects))}
        now = codec.now()
        return [own for own in taken if own.task not in done and (now < own.late or await self.known(own))]


def _key(agent: str) -> str:
    return f"agent.{names.token(agent)}"
