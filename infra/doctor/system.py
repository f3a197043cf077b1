"""What a server holds: streams, room, lanes, workers, unserved queues, dead letters, clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from infra import backlog, topology
from infra.doctor.check import Check, Level
from subjects import codec, names, streams
from subjects.bus import Bus, Records
from subjects.client import Client

NEARLY_FULL = 0.85
"""Share of the store above which it is said; our doors refuse at 90 %."""
MOST_SKEW = 2.0
"""Seconds between the clock of this machine and that of the server above which delays and logs mislead."""


async def stack(bus: Bus) -> AsyncIterator[Check]:
    """What a server holds: streams, lanes, workers, unserved queues, dead letters, clock."""
    rtt = await asyncio.wait_for(bus.nats.rtt(), 5)
    yield Check("ok", "server", f"{bus.settings.url} answers in {rtt * 1000:.1f} ms")
    yield await _clock(bus)
    wrong = await topology.differences(bus)
    for own in wrong:
        found = f"{own.stream}: {own.setting} is {own.actual!r}, not {own.wanted!r}"
        yield Check(
            "bad",
            "streams",
            found,
            "start `revo up` or `revo work` on this server: both bring streams up to date",
        )
    if not wrong:
        yield Check("ok", "streams", f"all {len(topology.wanted(1))} as declared")
    yield await _store(bus)
    async for check in _queues(bus):
        yield check
    letters = len((await Records(bus, streams.STREAM_DEAD).info(names.DEAD))["state"].get("subjects") or {})
    mend = "look at them with `revo dlq ls`, then `revo dlq requeue` or `revo dlq drop`" if letters else ""
    yield Check("warn" if letters else "ok", "dead letters", str(letters), mend)


async def _store(bus: Bus) -> Check:
    account = await bus.api("INFO")
    used, limit = int(account.get("storage", 0)), int(account.get("limits", {}).get("max_storage", -1))
    if limit <= 0:
        return Check("ok", "store", f"{used >> 20} MB, no limit on the account")
    said = f"{used >> 20} of {limit >> 20} MB"
    if used < limit * NEARLY_FULL:
        return Check("ok", "store", said)
    mend = (
        "make room: nats stream purge METRICS, or a larger REVOAGENT_MAX_STORE; until then tasks are refused"
    )
    return Check("bad", "store", said, mend)


async def _queues(bus: Bus) -> AsyncIterator[Check]:
    found, asked = await backlog.queues(bus), await backlog.lanes(bus)
    workers = await Client(bus).workers()
    yield Check(
        "ok" if workers else "warn",
        "workers",
        f"{len(workers)} alive",
        "" if workers else "start some: `revo up` here, or `revo work` on this server",
    )
    for own in found:
        if own.waiting and not own.served:
            mend = f"start a worker for it, or give its tasks an end: revo queue drop {own.queue}"
            yield Check(
                "bad", "unserved", f"{own.waiting} tasks wait on {own.queue}, which nobody serves", mend
            )
    wrong = [
        text for own in found for urgency in names.PRIORITIES for text in lane(own.queue, urgency, asked)
    ]
    for text in wrong:
        yield Check(
            "bad", "lanes", text, "restart the workers of the queue: they bring their consumers up to date"
        )
    if not wrong:
        yield Check("ok", "lanes", f"{len(asked)} consumers as declared")


def lane(queue: str, urgency: str, asked: dict[str, dict[str, object]]) -> list[str]:
    """What is not as declared about one lane's consumer; a lane that nobody has used yet has none."""
    wanted = streams.lane_config(queue, urgency)
    info = asked.get(str(wanted["durable_name"]))
    actual = info.get("config") if info is not None else None
    if not isinstance(actual, dict):
        return []
    return [
        f"{wanted['durable_name']}: {key} is {actual.get(key)!r}, not {value!r}"
        for key, value in wanted.items()
        if actual.get(key) != value
    ]


async def _clock(bus: Bus) -> Check:
    info = await Records(bus, streams.STREAM_TASKS).info()
    skew = abs((codec.now() - datetime.fromisoformat(info["ts"])).total_seconds())
    level: Level = "ok" if skew < MOST_SKEW else "warn"
    return Check(
        level,
        "clock",
        f"{skew:.2f} s from the server's",
        "" if level == "ok" else "set it by NTP on both machines",
    )
