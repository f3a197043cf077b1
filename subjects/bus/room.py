"""Whether the store has room for one more task, and for what will come of those that wait.

The server refuses when the last byte is taken, and then nobody can store a result either: what is queued
could never drain. So our own doors stop earlier. A task that is queued counts twice, because its outcome
repeats its input.
"""

import asyncio
from typing import Any, Protocol

from subjects import errors, streams

LOOK_EVERY = 1.0
FULL = 0.9
"""Share of the store above which nothing is accepted."""
LOOK_AFTER = 0.01
"""Share of the store that may be accepted between two looks."""


class Asks(Protocol):
    """What is needed of a bus."""

    async def api(self, call: str, body: Any = None, within: float = 5.0) -> dict[str, Any]:
        """The answer of the JetStream API."""
        ...


class Room:
    """The room left in the store, as of a moment ago."""

    def __init__(self, bus: Asks) -> None:
        self._bus = bus
        self._looked = float("-inf")
        self._taken = 0
        self._limit = 0
        self._refusal = ""

    async def admit(self, size: int) -> None:
        """Let a payload of `size` bytes in; StoreFull where there is no room for it and its outcome."""
        now = asyncio.get_running_loop().time()
        self._taken += size
        if now - self._looked > LOOK_EVERY or self._taken > self._limit * LOOK_AFTER:
            self._looked, self._taken = now, 0
            self._refusal = await self._look()
        if self._refusal:
            raise errors.StoreFull(self._refusal)

    async def _look(self) -> str:
        account = await self._bus.api("INFO")
        self._limit = int(account.get("limits", {}).get("max_storage", -1))
        if self._limit <= 0:
            self._limit = 1 << 60
            return ""
        used = int(account.get("storage", 0))
        if used < self._limit * FULL / 2:
            return ""
        tasks = await self._bus.api(f"STREAM.INFO.{streams.STREAM_TASKS}")
        waiting = int(tasks.get("state", {}).get("bytes", 0))
        if used + waiting <= self._limit * FULL:
            return ""
        return (
            f"the store holds {used >> 20} of {self._limit >> 20} MB, {waiting >> 20} MB of them tasks that "
            "wait: nothing is accepted until some are done, or older results are gone"
        )
