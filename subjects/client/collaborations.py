"""Jobs of several engines, with the state of each part: read from what the coordinator tells and stores."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Records
from subjects.client import lookup
from subjects.kv import Bucket
from subjects.messages import LogLine, Result, State, WorkerInfo
from subjects.routing import PART, Part

QUEUE = "coordinator"

_lines = msgspec.json.Decoder(LogLine)
_results = msgspec.json.Decoder(Result)


class Collaboration(Struct, frozen=True, omit_defaults=True):
    """A job of the coordinator and its parts, in the order in which they were begun."""

    id: str
    function: str
    state: State
    parts: list[Part] = []
    since: datetime | None = None
    worker: str = ""
    error: str = ""


async def collaborations(bus: Bus, most: int) -> list[Collaboration]:
    """Jobs that run now, longest first, then those that ended last; up to `most`."""
    running = await _running(bus)
    ended = await _ended(bus, max(0, most - len(running)))
    jobs = [*running, *ended][:most]
    return list(await asyncio.gather(*(_with_parts(bus, job) for job in jobs)))


async def _running(bus: Bus) -> list[Collaboration]:
    workers = await Bucket(bus, "workers", WorkerInfo).all()
    held = [
        Collaboration(held.id, held.function, "running", since=held.since, worker=worker.id)
        for worker in workers.values()
        for held in worker.held
        if held.function.startswith(f"{QUEUE}.")
    ]
    # A worker shows what it holds a moment ago: what has its outcome by now does not run.
    results = await asyncio.gather(*(lookup.result(bus, own.id) for own in held))
    running = [own for own, result in zip(held, results, strict=True) if result is None]
    return sorted(running, key=lambda own: own.since.timestamp() if own.since else 0.0)


async def _ended(bus: Bus, most: int) -> list[Collaboration]:
    if most == 0:
        return []
    records = await Records(bus, streams.STREAM_RESULTS).last_of(names.any_result_in(QUEUE))
    results = [codec.decode(record.data, _results) for record in records[-most:]]
    return [
        Collaboration(
            one.id,
            f"{one.queue}.{one.function}",
            one.state,
            since=one.started_at or one.submitted_at,
            worker=one.worker or "",
            error="" if one.error is None else one.error.message,
        )
        for one in reversed(results)
    ]


async def _with_parts(bus: Bus, job: Collaboration) -> Collaboration:
    parts: dict[str, Part] = {}
    async for record in Records(bus, streams.STREAM_EVENTS).scan(names.any_event(job.id, "log")):
        told = _part(record.data)
        if told is not None:
            parts[told.part] = told
    return structs.replace(job, parts=list(parts.values()))


def _part(data: bytes) -> Part | None:
    try:
        line = codec.decode(data, _lines)
        return _converted(line.fields) if line.message == PART else None
    except (errors.RevoError, msgspec.ValidationError):
        return None


def _converted(fields: dict[str, Any]) -> Part:
    return msgspec.convert(fields, Part)
