"""What has been announced: functions and workers."""

import asyncio
import contextlib
import difflib
from collections.abc import AsyncIterator

import structlog

from gateway.fresh import Fresh
from subjects import errors, names
from subjects.client import Client
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, WorkerInfo

log = structlog.get_logger()

SELDOM = 10.0
"""Seconds between two reads of what nobody said has changed."""


class Catalog:
    """The functions, kept fresh in the background so that a submission costs no look-up."""

    def __init__(self, client: Client) -> None:
        self.workers: Fresh[dict[str, WorkerInfo]] = Fresh(client.workers, 0.25)
        self._functions: dict[str, FunctionInfo] = {}
        self._now = Fresh(client.functions, 1.0)
        self._announced = Bucket(client.bus, "functions", FunctionInfo)
        self._changed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Catalog"]:
        """Keeps itself fresh for as long as the context is open."""
        heard = await self._announced.on_change(self._changed.set)
        keeper = asyncio.create_task(self._keep(), name="catalog")
        try:
            yield self
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            with contextlib.suppress(Exception):
                await heard.unsubscribe()

    @property
    def known(self) -> dict[str, FunctionInfo]:
        """Every function as it was last read."""
        return self._functions

    async def functions(self) -> dict[str, FunctionInfo]:
        """Every announced function by full name, at most a second old."""
        self._functions = await self._now.get()
        return self._functions

    async def function(self, name: str) -> FunctionInfo:
        """One function by its full name."""
        await self.check(name)
        return self._functions[name]

    async def check(self, name: str) -> None:
        """Nothing where the function exists; else UnknownFunction or UnknownQueue with the nearest names."""
        if name in self._functions:
            return
        queue, _ = names.split_function(name)
        # A worker may have announced it this moment: look before saying no.
        info = await self._announced.get(name)
        if info is None:
            raise unknown(name, queue, self._functions)
        self._functions[name] = info

    async def queues(self) -> dict[str, list[FunctionInfo]]:
        """The functions by queue."""
        found: dict[str, list[FunctionInfo]] = {}
        for name, info in sorted((await self.functions()).items()):
            found.setdefault(name.partition(".")[0], []).append(info)
        return found

    async def _keep(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._functions = await self._now.get(age=0.1)
            except errors.RevoError as error:
                log.info("functions could not be read", error=error.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SELDOM):
                    await self._changed.wait()
            # Several functions are announced in a row.
            await asyncio.sleep(0.1)


def unknown(name: str, queue: str, known: dict[str, FunctionInfo]) -> errors.RevoError:
    """The problem of a name that nobody announced, with what was probably meant.

    >>> info = FunctionInfo("security.scan", "", {}, {}, 1, 1, "loop")
    >>> unknown("security.scna", "security", {"security.scan": info}).message
    "no worker has announced 'security.scna'; did you mean security.scan?"
    """
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    if near or any(other.startswith(f"{queue}.") for other in known):
        return errors.UnknownFunction(f"no worker has announced {name!r}{hint}", did_you_mean=near)
    return errors.UnknownQueue(f"no worker has announced a function on the queue {queue!r}", queue=queue)
