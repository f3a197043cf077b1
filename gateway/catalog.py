"""What has been announced: functions and workers, read at most once a second."""

import asyncio
import contextlib
import difflib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from subjects import errors, names
from subjects.client import Client
from subjects.messages import FunctionInfo, WorkerInfo

log = structlog.get_logger()

T = TypeVar("T")

REFRESH = 1.0


class Fresh(Generic[T]):
    """A value that is read again when it is older than `age` seconds; many askers share one read."""

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
                self._value = await self._read()
                self._read_at = loop.time()
            return self._value


class Catalog:
    """The functions, kept fresh in the background so that a submission costs no look-up."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._functions: dict[str, FunctionInfo] = {}
        self._now = Fresh(client.functions, REFRESH)
        self.workers: Fresh[dict[str, WorkerInfo]] = Fresh(client.workers, REFRESH)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Catalog"]:
        """Keeps itself fresh for as long as the context is open."""
        keeper = asyncio.create_task(self._keep(), name="catalog")
        try:
            yield self
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def functions(self) -> dict[str, FunctionInfo]:
        """Every announced function by full name, at most a second old."""
        self._functions = await self._now.get()
        return self._functions

    async def check(self, name: str) -> None:
        """Nothing where the function exists; else UnknownFunction or UnknownQueue with the nearest names."""
        if name in self._functions:
            return
        queue, _ = names.split_function(name)
        # A worker may have announced it this moment: look again before saying no.
        self._functions = await self._now.get(age=0.2)
        if name not in self._functions:
            raise unknown(name, queue, self._functions)

    async def function(self, name: str) -> FunctionInfo:
        """One function by its full name."""
        await self.check(name)
        return self._functions[name]

    async def queues(self) -> dict[str, list[FunctionInfo]]:
        """The functions by queue."""
        found: dict[str, list[FunctionInfo]] = {}
        for name, info in sorted((await self.functions()).items()):
            found.setdefault(name.partition(".")[0], []).append(info)
        return found

    async def _keep(self) -> None:
        while True:
            try:
                self._functions = await self._now.get()
            except errors.RevoError as error:
                log.debug("functions could not be read", error=error.message)
            await asyncio.sleep(REFRESH)


def unknown(name: str, queue: str, known: dict[str, FunctionInfo]) -> errors.RevoError:
    """The problem of a name that nobody announced, with what was probably meant.

    >>> info = FunctionInfo("security.scan", "", {}, {}, 1, 1, "loop")
    >>> unknown("security.scna", "security", {"security.scan": info}).message
    "no worker has announced 'security.scna'; did you mean security.scan?"
    """
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    if any(other.startswith(f"{queue}.") for other in known):
        return errors.UnknownFunction(f"no worker has announced {name!r}{hint}", did_you_mean=near)
    row = errors.UnknownFunction if near else errors.UnknownQueue
    return row(f"no worker has announced a function on the queue {queue!r}{hint}", did_you_mean=near)
