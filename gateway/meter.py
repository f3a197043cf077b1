"""Counts what comes into lanes and what leaves them, while somebody looks; nobody pays for it otherwise."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator

import msgspec
import structlog
from msgspec import Struct

from subjects import codec, errors, names
from subjects.bus import Bus, Message

log = structlog.get_logger()

PERIOD = 60
"""Seconds over which is counted."""
LEAST = 5.0
"""Seconds of counting from which a rate is told: of less it would jump about."""
KEPT = 30.0
"""Seconds after the last look until nobody is thought to look any more."""

LaneKey = tuple[str, str]
"""Queue and priority."""


class _Left(Struct, frozen=True):
    """As much of a result as is counted; the rest is not even decoded."""

    queue: str
    priority: str = "medium"


_results = msgspec.json.Decoder(_Left)


class Window:
    """How often something happened within the last minute.

    >>> window = Window()
    >>> for now in (0.0, 30.0, 59.0, 61.0): window.add(("q", "low"), now)
    >>> window.sums(61.5)
    Counter({('q', 'low'): 3})
    """

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Counter[LaneKey]]] = deque()

    def add(self, key: LaneKey, now: float) -> None:
        """Count one."""
        second = int(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._drop(now)
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][key] += 1

    def sums(self, now: float) -> Counter[LaneKey]:
        """All of the last minute."""
        self._drop(now)
        found: Counter[LaneKey] = Counter()
        for _, counts in self._seconds:
            found.update(counts)
        return found

    def _drop(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - PERIOD:
            self._seconds.popleft()


class Rates(Struct, frozen=True):
    """Tasks a minute by lane, counted over so many seconds; None before there is enough of them."""

    seconds: float
    arrived: dict[LaneKey, float] | None
    finished: dict[LaneKey, float] | None


class Meter:
    """Listens from the first `look` until nobody has looked for a while."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._looked = 0.0
        self._since: float | None = None
        self._arrived, self._finished = Window(), Window()
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Meter"]:
        """Stops counting when the context ends."""
        try:
            yield self
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    def look(self) -> Rates:
        """How many came and left within the last minute, or since the first look."""
        now = asyncio.get_running_loop().time()
        self._looked = now
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="meter")
        seconds = 0.0 if self._since is None else min(float(PERIOD), now - self._since)
        if seconds < LEAST:
            return Rates(seconds, None, None)
        return Rates(seconds, _rates(self._arrived, now, seconds), _rates(self._finished, now, seconds))

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        heard = []
        try:
            heard.append(await self._bus.subscribe(f"live.{names.TASKS}", self._on_task))
            heard.append(await self._bus.subscribe(f"live.{names.RESULTS}", self._on_result))
            self._since = loop.time()
            while (left := self._looked + KEPT - loop.time()) > 0:  # noqa: ASYNC110 - a look moves the end
                await asyncio.sleep(left)
        finally:
            self._since = None
            self._arrived, self._finished = Window(), Window()
            for subscription in heard:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    async def _on_task(self, message: Message) -> None:
        parts = message.subject.split(".")
        self._arrived.add((parts[2], parts[3]), asyncio.get_running_loop().time())

    async def _on_result(self, message: Message) -> None:
        with contextlib.suppress(errors.RevoError):
            left = codec.decode(message.data, _results)
            self._finished.add((left.queue, left.priority), asyncio.get_running_loop().time())


def _rates(window: Window, now: float, seconds: float) -> dict[LaneKey, float]:
    return {key: round(count * 60 / seconds, 2) for key, count in window.sums(now).items()}
