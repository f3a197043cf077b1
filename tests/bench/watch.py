"""Sends urgent tasks into a full queue, and hears when tasks started."""

import asyncio
import time

import msgspec

from subjects import names
from subjects.bus import Bus, Message
from subjects.client import Client
from subjects.settings import NatsSettings
from tests.bench.ours import submissions
from tests.bench.role import Given, Line

NAP = "bench.nap"
INPUT = b'{"seconds": 0.01}'


class _Ended(msgspec.Struct):
    id: str
    priority: str
    output: float


async def watcher(given: Given, line: Line) -> None:
    """Answers `queue`, `probe` and `starts`."""
    async with Bus.open(NatsSettings(url=given["url"], name="bench-watch")) as bus:
        watch = _Watch(Client(bus))
        await bus.subscribe(f"live.{names.result('bench', 'nap', 'x').removesuffix('x')}*", watch.hear)
        line.say()
        async for asked in line.asked():
            match asked["do"]:
                case "queue":
                    await watch.queue(asked["count"], asked["priority"])
                    line.say()
                case "probe":
                    line.say(seconds=await watch.probe(asked["count"], asked["gap"]))
                case "starts":
                    line.say(starts=watch.starts)


class _Watch:
    def __init__(self, client: Client) -> None:
        self.starts: list[tuple[str, float]] = []
        self._client = client
        self._news = asyncio.Event()
        self._decoder = msgspec.json.Decoder(_Ended)

    async def hear(self, message: Message) -> None:
        ended = self._decoder.decode(message.data)
        self.starts.append((ended.priority, ended.output))
        self._news.set()

    async def queue(self, count: int, priority: str) -> None:
        """Put many tasks into the queue."""
        for answer in await self._client.submit_many(submissions(count, NAP, priority, INPUT)):
            if isinstance(answer, Exception):
                raise answer

    async def probe(self, count: int, gap: float) -> list[float]:
        """Seconds from the submission of a critical task to its start, one every `gap` seconds."""
        urgent = submissions(1, NAP, "critical", b'{"seconds": 0}')[0]
        found = []
        for _ in range(count):
            seen = len(self.starts)
            began = time.monotonic()
            await self._client.submit(urgent)
            while (start := self._critical(seen)) is None:
                self._news.clear()
                await self._news.wait()
            found.append(start - began)
            await asyncio.sleep(gap)
        return found

    def _critical(self, seen: int) -> float | None:
        return next((start for priority, start in self.starts[seen:] if priority == "critical"), None)
