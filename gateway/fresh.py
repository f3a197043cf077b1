"""Values that many ask for and few reads give."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Fresh(Generic[T]):
    """A value that is read again once it is older than `age` seconds; all who ask then share one read."""

    def __init__(self, read: Callable[[], Awaitable[T]], age: float) -> None:
        self._read = read
        self._age = age
        self._value: T | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    async def get(self, age: float | None = None) -> T:
        """The value, not older than `age`; errors of the read are the caller's."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - (self._age if age is None else age)
        async with self._lock:
            if self._value is None or self._read_at <= oldest:
                begun = loop.time()
                self._value = await self._read()
                self._read_at = begun
            return self._value
