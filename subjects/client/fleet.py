"""Every worker as it is now; drain, resume and kill one: the same by every door."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from subjects import codec, errors, fleet, names
from subjects.bus import Bus
from subjects.fleet import Draining, Killed, MemberState, Place, Resumed, Supervised
from subjects.kv import Bucket, Entry
from subjects.messages import Held, WorkerInfo

ANSWER_WITHIN = 2.0
"""Seconds for a worker or a supervisor to answer."""


class Member(Struct, frozen=True):
    """A worker, or the place that one has left. Figures are null where there is no process, or none yet."""

    id: str
    host: str
    state: MemberState
    at: Annotated[datetime, Meta(description="When it was told last.")]
    pid: int | None = None
    queues: list[str] = []
    slots: int | None = None
    held: list[Held] = []
    completed: int | None = None
    failed: int | None = None
    success_rate: Annotated[float | None, Meta(description="Percent of what it has finished.")] = None
    run_ms: Annotated[float | None, Meta(description="Mean of its last tasks.")] = None
    memory: Annotated[int | None, Meta(description="Resident bytes.")] = None
    cpu: Annotated[float | None, Meta(description="Percent of one core, of late.")] = None
    started_at: datetime | None = None
    stuck: list[str] = []
    part: Annotated[str | None, Meta(description="Its place at its supervisor; null: it has none.")] = None
    restarts: int = 0
    faults: Annotated[bool, Meta(description="Whether its supervisor kills it on request.")] = False


async def members(bus: Bus) -> list[Member]:
    """Everybody, in the order of hosts and places."""
    workers, supervisors = await asyncio.gather(
        Bucket(bus, "workers", WorkerInfo).entries(), Bucket(bus, fleet.BUCKET, Supervised).entries()
    )
    return seen(workers, supervisors, codec.now())


async def member(bus: Bus, id: str) -> Member:
    """One of them; NotFound where there is none of this id."""
    for each in await members(bus):
        if each.id == id:
            return each
    raise errors.NotFound(f"there is no worker {id[:80]!r}")


def seen(
    workers: Iterable[Entry[WorkerInfo]], supervisors: Iterable[Entry[Supervised]], now: datetime
) -> list[Member]:
    """What the two buckets say together. The clock is the server's, not that of each worker's machine."""
    places = {
        place.worker: (place, own.value, own.at)
        for own in supervisors
        if own.value is not None
        for place in own.value.places
    }
    found = [
        _at_work(own.value, own.at, now, places.get(own.value.id)) for own in workers if own.value is not None
    ]
    alive = {one.id for one in found}
    found += [
        own
        for place, supervisor, _ in places.values()
        if place.worker not in alive and (own := _silent(place, supervisor, now)) is not None
    ]
    return sorted(found, key=lambda one: (one.host, one.part or "~", one.id))


async def drain(bus: Bus, id: str) -> Draining:
    """The worker takes nothing more and goes when it is done; its place stays empty until `resume`.

    Draining twice is fine. Unavailable where it does not answer, as a frozen one does not.
    """
    known = await member(bus, id)
    if known.pid is None:
        raise errors.NotFound(f"worker {id!r} is {known.state}: no process of it runs")
    try:
        answer = await bus.request(names.control("drain", names.token(id)), b"", ANSWER_WITHIN)
    except errors.Unavailable:
        raise errors.Unavailable(f"worker {id!r} does not answer") from None
    return msgspec.json.decode(answer.data, type=Draining)


async def resume(bus: Bus, id: str) -> Resumed:
    """A new worker in the place that `id` was drained from."""
    known = await member(bus, id)
    if known.state != "drained":
        raise errors.NotFound(f"worker {id!r} is {known.state}, not drained: there is nothing to resume")
    answer = await bus.request(names.control("resume", names.token(id)), b"", ANSWER_WITHIN)
    return msgspec.json.decode(answer.data, type=Resumed)


async def kill(bus: Bus, id: str) -> Killed:
    """SIGKILL for a worker process, by its own supervisor. Forbidden where that does not do it."""
    known = await member(bus, id)
    if known.pid is None:
        raise errors.NotFound(f"worker {id!r} is {known.state}: no process of it runs")
    if not known.faults:
        raise errors.Forbidden(
            f"worker {id!r} is not killed on request: only `revo up` on its own machine does that, "
            "unless REVOAGENT_FAULTS is false"
        )
    answer = await bus.request(names.control("kill", names.token(id)), b"", ANSWER_WITHIN)
    return msgspec.json.decode(answer.data, type=Killed)


def _silent(place: Place, supervisor: Supervised, now: datetime) -> Member | None:
    """Whose place shows nobody at work; None of one that has just started, and shows itself in a moment."""
    if place.state == "running" and (now - place.since).total_seconds() <= fleet.FROZEN:
        return None
    return Member(
        place.worker,
        supervisor.host,
        # Its process is there, and it has not shown itself for so long that it is not listed any more.
        "frozen" if place.state == "running" else place.state,
        place.since,
        pid=place.pid,
        part=place.part,
        restarts=place.restarts,
        faults=supervisor.faults,
    )


def _at_work(
    own: WorkerInfo, at: datetime, now: datetime, kept: tuple[Place, Supervised, datetime] | None
) -> Member:
    ended = own.completed + own.failed
    state: MemberState = "draining" if own.state == "draining" else "alive"
    if (now - at).total_seconds() > fleet.FROZEN:
        state = "frozen"
    return Member(
        id=own.id,
        host=own.host,
        state=state,
        at=at,
        pid=own.pid,
        queues=sorted({name.partition(".")[0] for name in own.functions}),
        slots=own.slots,
        held=own.held,
        completed=own.completed,
        failed=own.failed,
        success_rate=round(100.0 * own.completed / ended, 2) if ended else None,
        run_ms=own.run_ms,
        memory=own.memory,
        cpu=own.cpu,
        started_at=own.started_at,
        stuck=own.stuck,
        part=None if kept is None else kept[0].part,
        restarts=0 if kept is None else kept[0].restarts,
        faults=kept is not None and kept[1].faults,
    )
