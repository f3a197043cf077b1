"""How soon a change of an engine is told on the channels `engine_status` and `system_overview`."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec

from infra.testing import Stack, stack
from subjects.bus import Message
from subjects.client import lanes
from tests.bench.figures import Goal, Row, Scale, sample

QUEUE = "creative"
WITHIN = 500.0
"""Milliseconds that were hoped for."""


class _Heard:
    """The statuses that are told, as they come over the wire to a gateway."""

    def __init__(self) -> None:
        self.latest: dict[str, Any] = {}
        self.news = asyncio.Condition()

    async def take(self, message: Message) -> None:
        async with self.news:
            self.latest[message.subject.removeprefix("live.metric.")] = msgspec.json.decode(message.data)
            self.news.notify_all()

    async def until(self, subject: str, true: Callable[[dict[str, Any]], bool]) -> float:
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(lambda: subject in self.latest and true(self.latest[subject]))
            return time.monotonic()


async def run(scale: Scale) -> list[Row]:
    """Milliseconds from the act to the frame, for each kind of change."""
    found: dict[str, list[float]] = {
        "a stop": [], "a start": [], "the first queued task": [], "the death of the only worker": [],
    }  # fmt: skip
    async with stack(analytics=True) as own:
        heard = _Heard()
        await own.bus.subscribe("live.metric.>", heard.take)
        for _ in range(scale.of(20, 5)):
            await _round(own, heard, found)
    goal = Goal("value", "at most", WITHIN)
    return [
        Row("status", f"{what} is told, worst of all", "ms", sample([max(ms)]), goal=goal)
        for what, ms in found.items()
    ] + [Row("status", f"{what} is told", "ms", sample(ms)) for what, ms in found.items()]


async def _round(own: Stack, heard: _Heard, found: dict[str, list[float]]) -> None:
    engine, whole = f"{QUEUE}.engine_status", "cluster.overview"
    await own.worker_process("tests.bench.handlers:sketch")
    await heard.until(engine, lambda it: it["status"] == "idle")
    # Anywhere within the rhythm in which the announcer looks.
    await asyncio.sleep(0.3 + 0.01 * len(found["a stop"]))
    began = time.monotonic()
    await lanes.pause(own.bus, QUEUE)
    found["a stop"].append(_ms(began, await heard.until(engine, lambda it: it["status"] == "stopped")))
    began = time.monotonic()
    waiting = await own.client.start(f"{QUEUE}.sketch")
    told = [
        await heard.until(engine, lambda it: it["queued"] == 1),
        await heard.until(whole, lambda it: it["queued"] == 1),
    ]
    found["the first queued task"].append(_ms(began, max(told)))
    await own.client.cancel(waiting.id)
    await heard.until(engine, lambda it: it["queued"] == 0)
    began = time.monotonic()
    await lanes.resume(own.bus, QUEUE)
    found["a start"].append(_ms(began, await heard.until(engine, lambda it: it["status"] == "idle")))
    began = time.monotonic()
    await own.kill_worker()
    told = [
        await heard.until(engine, lambda it: it["status"] == "offline"),
        await heard.until(whole, lambda it: it["workers"] == 0),
    ]
    found["the death of the only worker"].append(_ms(began, max(told)))


def _ms(began: float, ended: float) -> float:
    return (ended - began) * 1000
