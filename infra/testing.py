"""The real system inside a test: a server of its own, your functions, and faults on demand.

    async with stack(shout) as s:
        assert (await s.client.run("text.shout", {"text": "hi"})).state == "completed"
        await s.restart_server()
        await s.advance(timedelta(hours=1))

Nothing is simulated: the server is nats-server, its store is on disk, a kill is SIGKILL.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from analytics.settings import AnalyticsSettings
from functions import Function, service
from functions.settings import WorkerSettings
from functions.worker import Worker
from gateway.settings import GatewaySettings
from infra import topology
from infra.proxy import Proxy, proxied
from infra.server import Server, ServerSettings, running
from infra.server import start as start_server
from infra.spawn import Spawned, ready, spawn
from infra.supervisor import report_leftovers, report_lost
from infra.timetravel import Clock
from subjects import errors
from subjects.bus import Bus
from subjects.client import Client
from subjects.ids import new_id
from subjects.settings import NatsSettings


@contextlib.asynccontextmanager
async def server(state: Path) -> AsyncIterator[Server]:
    """A nats-server on a free port, gone when the context ends. It starts in about 20 ms."""
    async with running(ServerSettings(state=state, port=0, durability="process")) as started:
        yield started


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Bus]:
    """A connection to a server that has all streams and buckets."""
    async with Bus.open(NatsSettings(url=url, name="test")) as bus:
        await topology.apply(bus)
        yield bus


class WorkerProcess:
    """A worker in a process of its own: one that can be killed."""

    def __init__(self, bus: Bus, ledger: Path, spawned: Spawned) -> None:
        self.id = ledger.name
        self.pid = spawned.pid
        self._bus = bus
        self._ledger = ledger
        self._spawned = spawned

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._spawned.returncode is None

    async def kill(self) -> None:
        """SIGKILL; gone when this returns, and the others are told, as `revo up` does."""
        self._spawned.kill()
        await self._spawned.wait()
        await report_lost(self._bus, self._ledger)

    async def stop(self) -> int:
        """SIGTERM: it ends what it runs; its exit code."""
        self._spawned.process.terminate()
        return await self._spawned.wait()


class Stack:
    """A running system. Made by `stack`."""

    def __init__(self, state: Path, servers: list[Server], bus: Bus, proxy: Proxy) -> None:
        self.state = state
        self._servers = servers
        self.bus = bus
        self.client = Client(bus)
        self.proxy = proxy
        self.clock = Clock(bus)
        self.worker: Worker | None = None
        self.http = ""
        self._processes: list[WorkerProcess] = []

    @property
    def server(self) -> Server:
        """The server that runs now."""
        return self._servers[-1]

    async def worker_process(self, target: str, **options: Any) -> WorkerProcess:
        """A worker process with the functions of a target (`module`, `module:name`), connected by the proxy.

        Options are those of WorkerSettings.
        """
        id = f"test-{new_id()[-12:]}"
        nats, held = NatsSettings(url=self.proxy.url), self.state / "held"
        own = WorkerSettings(nats=nats, targets=(target,), name=id, ledger=held / id, **options)
        log_file = self.state / f"{id}.log"
        spawned = await spawn("worker", id, own, log_file, "info")
        self._processes.append(WorkerProcess(self.bus, held / id, spawned))
        await ready(spawned, id, log_file)
        await report_leftovers(self.bus, held, {process.id for process in self._processes if process.alive})
        return self._processes[-1]

    async def kill_worker(self) -> None:
        """SIGKILL for the youngest worker process."""
        alive = [process for process in self._processes if process.alive]
        if not alive:
            raise errors.NotFound("no worker process runs: start one with `worker_process`")
        await alive[-1].kill()

    async def cut_connection(self) -> None:
        """The workers lose their server at once; `restore_connection` gives it back."""
        await self.proxy.cut()

    def silence_connection(self) -> None:
        """Nothing passes between workers and server, and neither is told."""
        self.proxy.silence()

    async def restore_connection(self) -> None:
        """All is well again."""
        await self.proxy.mend()

    async def restart_server(self) -> None:
        """SIGKILL for the server, and a new one on the same address and store."""
        self.server.kill()
        await self.server.process.wait()
        old = self.server.settings
        port, monitor = (int(url.rpartition(":")[2]) for url in (self.server.url, self.server.monitor_url))
        again = ServerSettings(old.state, port, monitor, old.durability, old.max_store)
        self._servers.append(await start_server(again))

    async def advance(self, by: timedelta) -> int:
        """Let time pass on the server's calendar: delayed and recurring tasks due by then start now.

        Deadlines and short retries (below 30 s) run by real clocks and are not moved.
        """
        return await self.clock.advance(by)

    async def close(self) -> None:
        """End the worker processes."""
        for process in self._processes:
            await process.kill()


@contextlib.asynccontextmanager
async def stack(
    *functions: Function[..., Any],
    gateway: bool = False,
    analytics: bool = False,
    state: Path | None = None,
    worker: WorkerSettings | None = None,
) -> AsyncIterator[Stack]:
    """A whole system for one test: a server, a worker in this process, and what else is wanted.

    Several can run side by side. `worker` has settings for the worker in this process.
    """
    async with contextlib.AsyncExitStack() as opened:
        if state is None:
            state = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="revo-test-")))
        settings = ServerSettings(state=state / "nats", port=0, durability="process")
        servers = [await start_server(settings)]
        server = servers[0]

        async def stop_server() -> None:
            await servers[-1].stop()

        opened.push_async_callback(stop_server)
        bus = await opened.enter_async_context(connected(server.url))
        proxy = await opened.enter_async_context(proxied(server.url))
        made = Stack(state, servers, bus, proxy)
        opened.push_async_callback(made.close)
        nats = NatsSettings(url=proxy.url)
        if functions:
            own = msgspec.structs.replace(worker or WorkerSettings(drain=5.0, roots=(state,)), nats=nats)
            made.worker = await opened.enter_async_context(service.running(own, functions))
        if analytics:
            await opened.enter_async_context(_analytics(server, state))
        if gateway:
            made.http = await opened.enter_async_context(_gateway(server))
        yield made


@contextlib.asynccontextmanager
async def _gateway(server: Server) -> AsyncIterator[str]:
    # Only a test with a gateway pays for loading Litestar.
    from gateway import serve  # noqa: PLC0415

    own = GatewaySettings(nats=NatsSettings(url=server.url), port=0, monitor_url=server.monitor_url)
    async with _part(lambda ready, stop: serve.run(own, ready, stop)) as (url,):
        yield url


@contextlib.asynccontextmanager
async def _analytics(server: Server, state: Path) -> AsyncIterator[None]:
    # Only a test with analytics pays for loading DuckDB.
    from analytics import service as analytics  # noqa: PLC0415

    own = AnalyticsSettings(nats=NatsSettings(url=server.url), file=state / "analytics.duckdb")
    async with _part(lambda ready, stop: analytics.run(own, ready, stop)):
        yield


@contextlib.asynccontextmanager
async def _part(
    run: Callable[[Callable[..., None], asyncio.Event], Coroutine[Any, Any, None]],
) -> AsyncIterator[tuple[Any, ...]]:
    """A part in this process, from its word that it is ready to its end in order."""
    stop = asyncio.Event()
    facts: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(lambda *said: facts.set_result(said), stop))
    either: set[asyncio.Future[Any]] = {task, facts}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not facts.done():
        await task
    try:
        yield facts.result()
    finally:
        stop.set()
        await task
