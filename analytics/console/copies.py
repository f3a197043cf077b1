"""The copy of the rows that statements read: made when the last one is too old, dropped in the end."""

import asyncio

import structlog

from analytics.console.visible import VISIBLE
from analytics.settings import ConsoleSettings
from analytics.store import Snapshot, Store
from subjects import codec

log = structlog.get_logger()

SLOW = 1.0
"""Seconds; a copy that takes longer is told of."""


class Copies:
    """Gives the newest copy. It belongs to this object: who reads it passes its descriptor on at once."""

    def __init__(self, store: Store, settings: ConsoleSettings) -> None:
        self._store = store
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()
        self._newest: Snapshot | None = None

    async def fresh(self) -> Snapshot:
        """A copy no older than the settings say; statements that wait for one share it."""
        async with self._one_at_a_time:
            if self._newest is None or self._age(self._newest) > self._settings.stale:
                began = asyncio.get_running_loop().time()
                made = await self._store.snapshot(VISIBLE)
                took = asyncio.get_running_loop().time() - began
                if took > SLOW:
                    log.info("rows copied slowly", seconds=round(took, 1))
                self.drop()
                self._newest = made
            return self._newest

    def drop(self) -> None:
        """Let go of the copy."""
        if self._newest is not None:
            self._newest.close()
            self._newest = None

    def _age(self, copy: Snapshot) -> float:
        return (codec.now() - copy.as_of).total_seconds()
