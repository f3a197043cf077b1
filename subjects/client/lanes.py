"""Stops and starts a queue: its lanes' consumers are paused by the server, so nothing has to remember it.

A stopped queue keeps what waits, what runs goes on to its end, and every restart of whatever process or
server finds it stopped.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from subjects import errors, names, streams
from subjects.bus import Bus, Message
from subjects.kv import Bucket
from subjects.messages import WorkerInfo

FOR_EVER = "2200-01-01T00:00:00Z"
"""The server counts the nanoseconds until then, and they must fit into 64 bits."""
ANSWER_WITHIN = 2.0
"""Seconds for the workers to give back what they have taken and not begun."""


class Switched(Struct, frozen=True):
    """What became of a stop or a start. Nothing new starts on a stopped queue once `silent` is empty.

    A `silent` worker has not answered: it is gone, or it hears of it a moment later by the server's notice.
    """

    queue: str
    stopped: bool
    changed: bool
    workers: list[str]
    silent: list[str]


async def pause(bus: Bus, queue: str) -> Switched:
    """The queue, stopped: queued tasks stay, running ones end, what workers had taken ahead is given back.

    Lanes that no worker has made yet are made, paused. Stopping twice is fine.
    """
    before = await is_paused(bus, queue)
    for urgency in names.PRIORITIES:
        await make(bus, queue, urgency)
        await _set(bus, queue, urgency, {"pause_until": FOR_EVER})
    return await _switched(bus, queue, stopped=True, changed=not before)


async def resume(bus: Bus, queue: str) -> Switched:
    """The queue, at work again; lanes that are not there are not made. Starting twice is fine."""
    found = await _lanes(bus, queue)
    for urgency in found:
        await _set(bus, queue, urgency, None)
    return await _switched(bus, queue, stopped=False, changed=any(map(_paused, found.values())))


async def is_paused(bus: Bus, queue: str) -> bool:
    """Whether the queue is stopped: all its lanes are there, and paused."""
    found = await _lanes(bus, queue)
    return len(found) == len(names.PRIORITIES) and all(map(_paused, found.values()))


async def lane_is_paused(bus: Bus, queue: str, urgency: str) -> bool:
    """Whether one lane is paused, as the server says now."""
    info = await bus.api(f"CONSUMER.INFO.{streams.STREAM_TASKS}.{names.lane_consumer(queue, urgency)}")
    return _paused(info)


async def make(bus: Bus, queue: str, urgency: str) -> bool:
    """Make a lane's consumer as declared, and say whether it is paused; one that is there stays as it is."""
    config = streams.lane_config(queue, urgency)
    name = config["durable_name"]
    answer = await bus.api(
        f"CONSUMER.CREATE.{streams.STREAM_TASKS}.{name}.{config['filter_subject']}",
        {"stream_name": streams.STREAM_TASKS, "config": config, "action": ""},
    )
    if "error" in answer:
        raise errors.Unavailable(f"lane {name}: {answer['error'].get('description')}")
    return _paused(answer)


async def serving(bus: Bus, queue: str) -> dict[str, WorkerInfo]:
    """The workers that are alive and serve the queue."""
    alive = await Bucket(bus, "workers", WorkerInfo).all()
    return {id: own for id, own in alive.items() if serves(own, queue)}


def serves(worker: WorkerInfo, queue: str) -> bool:
    """Whether a worker runs functions of the queue."""
    return any(name.startswith(f"{queue}.") for name in worker.functions)


async def _lanes(bus: Bus, queue: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for urgency in names.PRIORITIES:
        name = names.lane_consumer(queue, urgency)
        info = await bus.api(f"CONSUMER.INFO.{streams.STREAM_TASKS}.{name}")
        if "error" not in info:
            found[urgency] = info
    return found


def _paused(info: dict[str, Any]) -> bool:
    return bool(info.get("paused"))


async def _set(bus: Bus, queue: str, urgency: str, body: dict[str, str] | None) -> None:
    name = names.lane_consumer(queue, urgency)
    answer = await bus.api(f"CONSUMER.PAUSE.{streams.STREAM_TASKS}.{name}", body)
    if "error" in answer:
        raise errors.Unavailable(f"lane {name}: {answer['error'].get('description')}")


async def _switched(bus: Bus, queue: str, *, stopped: bool, changed: bool) -> Switched:
    asked = sorted(await serving(bus, queue))
    heard = await _tell(bus, queue, asked)
    return Switched(queue, stopped, changed, asked, [id for id in asked if id not in heard])


async def _tell(bus: Bus, queue: str, workers: Sequence[str]) -> set[str]:
    """Tell all workers to look at the lanes, and wait until those that are known have done so."""
    heard: set[str] = set()
    complete = asyncio.Event()

    async def take(message: Message) -> None:
        heard.add(message.data.decode("utf-8", "replace"))
        if heard.issuperset(workers):
            complete.set()

    inbox = bus.nats.new_inbox()
    subscription = await bus.subscribe(inbox, take)
    try:
        await bus.post(names.control("lanes", queue), b"", inbox)
        if workers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_WITHIN):
                    await complete.wait()
    finally:
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()
    return heard
