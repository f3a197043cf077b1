"""What became of workers that were lost: from the words of their supervisors, of who took over, and of tasks.

Everything is read from streams, nothing is remembered here: METRICS keeps a day of it.
"""

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from subjects import codec, errors, fleet, names, streams
from subjects.bus import Bus, Records
from subjects.fleet import Ended, HandedOver
from subjects.messages import Started, State

MOST_TASKS = 100
"""Tasks of one lost worker that are followed."""

_ended = msgspec.json.Decoder(Ended)
_handed = msgspec.json.Decoder(HandedOver)
_started = msgspec.json.Decoder(Started)


class Outcome(Struct, frozen=True):
    """As much of a result as is told here; the rest is not even decoded."""

    id: str
    queue: str
    function: str
    state: State
    worker: str | None
    started_at: datetime | None
    finished_at: datetime


_outcomes = msgspec.json.Decoder(Outcome)


class Followed(Struct, frozen=True):
    """A task that a lost worker held. `worker` and `started_at` are null until somebody else runs it."""

    id: str
    state: State
    function: str | None = None
    worker: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: Annotated[
        float | None, Meta(description="From the death until it ran elsewhere; by the clocks of both.")
    ] = None


class Recovery(Struct, frozen=True):
    """One lost worker. What its supervisor says is null where it has none; times are seconds."""

    worker: str
    at: Annotated[datetime, Meta(description="When it died, or was noticed to be gone.")]
    how: str | None = None
    asked: bool = False
    part: str | None = None
    host: str | None = None
    pid: int | None = None
    handed_over_by: str | None = None
    handed_over_at: datetime | None = None
    handed_over_after: float | None = None
    held: Annotated[int | None, Meta(description="Tasks that were given back.")] = None
    tasks: list[Followed] = []
    successor: str | None = None
    successor_pid: int | None = None
    ready_at: datetime | None = None
    ready_after: float | None = None


async def recoveries(bus: Bus, limit: int = 20, worker: str | None = None) -> list[Recovery]:
    """The workers that were lost within a day, the newest first; or only one of them."""
    return await _told(bus, "*" if worker is None else names.token(worker), limit)


async def recovery(bus: Bus, worker: str) -> Recovery:
    """What became of one of them; NotFound where it was not lost."""
    found = await recoveries(bus, 1, worker)
    if not found:
        raise errors.NotFound(f"worker {worker!r} was not lost within a day")
    return found[0]


async def _told(bus: Bus, worker: str, limit: int) -> list[Recovery]:
    metrics = Records(bus, streams.STREAM_METRICS)
    ended, handed = await asyncio.gather(
        metrics.last_of(f"metric.{worker}.{fleet.ENDED}"),
        metrics.last_of(f"metric.{worker}.{fleet.HANDED_OVER}"),
    )
    deaths = {one.worker: one for one in (codec.decode(record.data, _ended) for record in ended)}
    handovers = {one.worker: one for one in (codec.decode(record.data, _handed) for record in handed)}

    def noticed(id: str) -> datetime:
        return deaths[id].at if id in deaths else handovers[id].at

    newest = sorted({*deaths, *handovers}, key=noticed, reverse=True)[:limit]
    return await asyncio.gather(*(_recovery(bus, id, deaths.get(id), handovers.get(id)) for id in newest))


async def _recovery(bus: Bus, worker: str, death: Ended | None, handover: HandedOver | None) -> Recovery:
    at = death.at if death is not None else handover.at if handover is not None else codec.now()
    own = Recovery(worker, at)
    if death is not None:
        own = msgspec.structs.replace(
            own,
            how=death.how,
            asked=death.asked,
            part=death.part,
            host=death.host,
            pid=death.pid,
            successor=death.successor,
            successor_pid=death.successor_pid,
            ready_at=death.ready_at,
            ready_after=_after(at, death.ready_at),
        )
    if handover is None:
        return own
    return msgspec.structs.replace(
        own,
        handed_over_by=handover.by,
        handed_over_at=handover.at,
        handed_over_after=None if death is None else _after(at, handover.at),
        held=handover.count,
        tasks=await _followed(bus, worker, at, handover.tasks[:MOST_TASKS]),
    )


async def _followed(bus: Bus, lost: str, at: datetime, ids: list[str]) -> list[Followed]:
    """Each task with who began it since, and how it ended."""
    results, events = await asyncio.gather(
        Records(bus, streams.STREAM_RESULTS).last_of_each([names.any_result(id) for id in ids]),
        Records(bus, streams.STREAM_EVENTS).last_of_each([names.any_event(id, "started") for id in ids]),
    )
    outcomes = {one.id: one for one in (codec.decode(each.data, _outcomes) for each in results)}
    starts = {one.id: one for one in (codec.decode(each.data, _started) for each in events)}
    return [_one(id, lost, at, outcomes.get(id), starts.get(id)) for id in ids]


def _one(id: str, lost: str, at: datetime, outcome: Outcome | None, start: Started | None) -> Followed:
    if outcome is not None and outcome.worker != lost:
        return Followed(
            id,
            outcome.state,
            f"{outcome.queue}.{outcome.function}",
            outcome.worker,
            outcome.started_at,
            outcome.finished_at,
            _after(at, outcome.started_at),
        )
    function = None if start is None else start.function
    if outcome is not None:
        # It was done before the death was, and only its acknowledgement was lost.
        return Followed(id, outcome.state, function, lost, outcome.started_at, outcome.finished_at)
    if start is not None and start.worker != lost:
        return Followed(
            id, "running", function, start.worker, start.started_at, None, _after(at, start.started_at)
        )
    return Followed(id, "queued", function)


def _after(before: datetime, then: datetime | None) -> float | None:
    return None if then is None else round((then - before).total_seconds(), 3)
