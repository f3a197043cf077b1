"""Shows the places that a supervisor keeps for workers: what runs in each, and which were drained."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence

import structlog

from infra.child import Child
from subjects import errors, fleet, streams
from subjects.bus import Bus
from subjects.fleet import Place, Supervised
from subjects.kv import Bucket

log = structlog.get_logger()

EVERY = streams.WORKERS_TTL / 3
PATIENCE = 1.0
"""Seconds that an end waits for the server at most."""


class Places:
    """Writes them whenever `changed` is set, and again before the last word expires."""

    def __init__(self, bus: Bus, children: Sequence[Child], changed: asyncio.Event, *, faults: bool) -> None:
        self._changed = changed
        self._bucket = Bucket(bus, fleet.BUCKET, Supervised)
        self._key = f"s-{secrets.token_hex(6)}"
        self._children = children
        self._faults = faults

    async def run(self) -> None:
        """Show them until cancelled."""
        while True:
            self._changed.clear()
            with contextlib.suppress(errors.RevoError):
                await self._bucket.post(self._key, self._now(), streams.WORKERS_TTL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._changed.wait()

    async def forget(self) -> None:
        """They are no more. A server that was killed too answers nothing, and the word expires by itself."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._bucket.delete(self._key)
        except errors.RevoError as error:
            log.warning("places not signed off", code=error.code)
        except TimeoutError:
            log.warning("places not signed off", code="timeout")

    def _now(self) -> Supervised:
        places = [
            Place(own.name, own.worker, own.state, own.since, own.pid, own.restarts)
            for own in self._children
            if own.kind == "worker" and own.worker
        ]
        return Supervised(socket.gethostname(), os.getpid(), self._faults, places)


@contextlib.asynccontextmanager
async def shown(places: Places) -> AsyncIterator[None]:
    """Places that others see for as long as the context is open."""
    task = asyncio.create_task(places.run(), name="places")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await places.forget()
