"""The life of an engine, the same through every door: list, status, start, stop, restart."""

import asyncio
import contextlib
import difflib
import time
from collections.abc import AsyncIterator, Callable, Collection

import msgspec
from msgspec import Struct

from subjects import errors, names
from subjects.bus import Bus
from subjects.channels import ENGINES
from subjects.client import lanes, statuses
from subjects.client.lanes import Switched
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, QueueStatus, WorkerInfo

SUPERVISOR_WITHIN = 1.0
"""Seconds for the supervisor of a worker to answer; where none does, the worker has none."""
LOOK_AGAIN = 0.5


class Renewing(Struct, frozen=True):
    """A supervisor's word that it replaces a worker process; `part` is its name for it."""

    part: str


class Replaced(Struct, frozen=True):
    """One worker process that made room for another; the old one may still end what it runs."""

    old: str
    worker: str
    pid: int
    host: str
    seconds: float


class Restarted(Struct, frozen=True):
    """What a restart did. `alone` are workers without a supervisor: nobody starts them again, so they stay.

    `missing` were told to go, and their successors had not shown themselves in time.
    """

    queue: str
    replaced: list[Replaced]
    alone: list[str]
    missing: list[str]
    started: bool


def known(name: str) -> str:
    """`name`, once it is known to be an engine; NotFound with what was probably meant.

    >>> known("creativ")
    Traceback (most recent call last):
        ...
    subjects.errors.NotFound: there is no engine 'creativ'; did you mean creative?
    """
    if name in ENGINES:
        return name
    near = difflib.get_close_matches(name, ENGINES, 1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(ENGINES)}"
    raise errors.NotFound(f"there is no engine {name[:80]!r}{hint}")


async def listed(bus: Bus) -> list[QueueStatus]:
    """The engines that were ever announced, or that are stopped, as they are now."""
    announced = {name.partition(".")[0] for name in await Bucket(bus, "functions", FunctionInfo).all()}
    rows = await statuses.of(bus, ENGINES)
    return [row for row in rows if row.queue in announced or row.status == "stopped"]


async def status(bus: Bus, engine: str) -> QueueStatus:
    """One engine as it is now; offline where nobody ever announced it."""
    [row] = await statuses.of(bus, [known(engine)])
    return row


async def start(bus: Bus, engine: str) -> Switched:
    """Let the engine work on; starting twice is fine."""
    return await lanes.resume(bus, known(engine))


async def stop(bus: Bus, engine: str) -> Switched:
    """Let the engine end what runs and begin nothing; its queue is kept. Stopping twice is fine."""
    return await lanes.pause(bus, known(engine))


async def restart(
    bus: Bus,
    engine: str,
    told: Callable[[Replaced], None] = lambda _: None,
    within: float = 60.0,
) -> Restarted:
    """Replace the worker processes that serve the engine, one after the other, and start it.

    Each successor has shown itself before the next one goes; `told` hears of each. A process serves every
    queue that it has functions of, so the others go with it. What runs ends or is handed back: nothing is
    lost and no attempt is counted. `within` is for the whole.
    """
    queue, deadline = known(engine), time.monotonic() + within
    replaced, alone, missing = [], [], []
    async with _workers(bus) as changed:
        seen = set(await Bucket(bus, "workers", WorkerInfo).all())
        for old in sorted(await lanes.serving(bus, queue)):
            begun = time.monotonic()
            if not await _told_to_go(bus, old):
                alone.append(old)
                continue
            successor = await _successor(bus, queue, seen, changed, deadline)
            if successor is None:
                missing.append(old)
                continue
            seen.add(successor.id)
            one = Replaced(
                old, successor.id, successor.pid, successor.host, round(time.monotonic() - begun, 3)
            )
            replaced.append(one)
            told(one)
    switched = await lanes.resume(bus, queue)
    return Restarted(queue, replaced, alone, missing, switched.changed)


async def _told_to_go(bus: Bus, worker: str) -> bool:
    try:
        answer = await bus.request(names.control("renew", worker), b"", SUPERVISOR_WITHIN)
    except errors.Unavailable:
        return False
    msgspec.json.decode(answer.data, type=Renewing)
    return True


async def _successor(
    bus: Bus, queue: str, seen: Collection[str], changed: asyncio.Event, deadline: float
) -> WorkerInfo | None:
    while (left := deadline - time.monotonic()) > 0:
        changed.clear()
        for id, own in (await lanes.serving(bus, queue)).items():
            if id not in seen and own.state == "running":
                return own
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_AGAIN)):
                await changed.wait()
    return None


@contextlib.asynccontextmanager
async def _workers(bus: Bus) -> AsyncIterator[asyncio.Event]:
    changed = asyncio.Event()
    subscription = await Bucket(bus, "workers", WorkerInfo).on_change(changed.set)
    try:
        yield changed
    finally:
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()
