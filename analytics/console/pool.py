"""Children that run statements: a bounded number, one of them started ahead, each for one statement only."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from analytics.console.child import Child
from analytics.settings import ConsoleSettings
from subjects import errors


class Pool:
    """Lends children while it is open. The first one is started when the first statement comes."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._room = asyncio.Semaphore(settings.at_once)
        self._taken = 0
        self._next: asyncio.Task[Child] | None = None

    async def close(self) -> None:
        """End the child that waits. Those that run end with the tasks that run them."""
        if self._next is not None:
            spare, self._next = self._next, None
            with contextlib.suppress(errors.RevoError, OSError):
                await (await spare).kill()

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[Child]:
        """A child that waits for its order, dead at the end; Overloaded where too many wait for one."""
        if self._taken >= self._settings.at_once + self._settings.waiting:
            raise errors.Overloaded(f"{self._taken} statements run or wait already")
        self._taken += 1
        try:
            async with self._room:
                child = await self._one()
                try:
                    yield child
                finally:
                    await asyncio.shield(child.kill())
                    self._prepare()
        finally:
            self._taken -= 1

    async def _one(self) -> Child:
        while True:
            self._prepare()
            spare = self._next
            assert spare is not None
            child = await asyncio.shield(spare)
            if self._next is spare:
                self._next = None
                if child.alive:
                    return child
                await child.kill()

    def _prepare(self) -> None:
        """Have a child started, where none is."""
        if self._next is None or (self._next.done() and self._next.exception() is not None):
            self._next = asyncio.create_task(_started(self._settings), name="statement")


async def _started(settings: ConsoleSettings) -> Child:
    child = await Child.start(settings)
    try:
        await child.ready()
    except BaseException:
        await child.kill()
        raise
    return child
