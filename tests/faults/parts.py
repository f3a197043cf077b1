"""A stack of processes that die and come back: each part is kept alive until it is told to end."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
from msgspec import structs

from analytics.settings import AnalyticsSettings
from functions.settings import WorkerSettings
from gateway.settings import GatewaySettings
from infra import server, settings, topology
from subjects.bus import Bus
from subjects.client import Client
from subjects.settings import NatsSettings

JOBS = str(Path(__file__).with_name("fault_jobs.py"))

_RUN = """
import asyncio, json, os, sys
from infra import part, settings
kind, own, pipe = sys.argv[1], sys.argv[2], int(sys.argv[3])
def ready(facts):
    os.write(pipe, json.dumps(facts).encode())
    os.close(pipe)
async def main():
    await part.serve(kind, settings.decode(own.encode(), part.settings_kind(kind)), ready, asyncio.Event())
part.run(main())
"""

Tell = Callable[[str, str], None]
"""Called with "start" or "kill" and the name of a part."""


class Part:
    """One process. `down` is how long it stays dead, seconds; `facts` is what it said when it was ready."""

    def __init__(self, kind: Any, name: str, own: Any, logs: Path, tell: Tell) -> None:
        self.name = name
        self.kind = kind
        self.facts: dict[str, Any] = {}
        self.down = 0.1
        self.ready = asyncio.Event()
        self._own = own
        self._log = logs / f"{name}.log"
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._history: dict[str, str] = {}

    async def open(self, **environment: str) -> None:
        """Ready when this returns."""
        self._history = environment
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    def kill(self, down: float = 0.1) -> None:
        """SIGKILL; it is started again `down` seconds later."""
        self.down = down
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, where somebody is there to hear it."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def close(self, within: float = 10.0) -> int | None:
        """End in order; its exit code."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self.signal(signal.SIGTERM)
        if self._process is None:
            return None
        try:
            async with asyncio.timeout(within):
                return await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self._process.wait()

    def said(self) -> str:
        """All it has written."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            await self._process.wait()
            self.ready.clear()
            self._tell("kill", self.name)
            await asyncio.sleep(self.down)
            self.down = 0.1
            with contextlib.suppress(RuntimeError):
                await self._spawn()

    async def _spawn(self) -> None:
        reading, writing = os.pipe()
        here = os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _RUN,
                self.kind,
                settings.encode(self._own).decode(),
                str(writing),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                env={**os.environ, "PYTHONPATH": here, **self._history},
            )
        os.close(writing)
        try:
            said = await asyncio.to_thread(os.read, reading, 65536)
        finally:
            os.close(reading)
        if not said:
            raise RuntimeError(f"{self.name} ended before it was ready: {self.said()[-2000:]}")
        self.facts = json.loads(said)
        self.ready.set()
        self._tell("start", self.name)


class NatsPart:
    """The nats-server, on the same port and folder each time."""

    def __init__(self, running: server.Server, tell: Tell) -> None:
        self.name = "nats"
        self.url = running.url
        self._server = running
        self._tell = tell
        port = int(running.url.rsplit(":", 1)[1])
        self._settings = structs.replace(running.settings, port=port)

    async def kill(self, down: float = 0.0) -> None:
        """SIGKILL, and a new one `down` seconds later; ready when this returns."""
        self._server.kill()
        await self._server.process.wait()
        self._tell("kill", self.name)
        await asyncio.sleep(down)
        self._server = await server.start(self._settings)
        self._tell("start", self.name)

    async def close(self) -> None:
        """End in order."""
        await self._server.stop()


class Stack:
    """A whole stack in a folder. The caller's own connection is `bus`, with `client` on top."""

    def __init__(self, folder: Path, nats: NatsPart, bus: Bus, tell: Tell) -> None:
        self.folder = folder
        self.nats = nats
        self.bus = bus
        self.client = Client(bus)
        self.parts: dict[str, Part] = {}
        self._tell = tell

    @property
    def rows_file(self) -> Path:
        """Where analytics keeps its rows."""
        return self.folder / "analytics.duckdb"

    @property
    def http(self) -> str:
        """The address of the gateway."""
        return str(self.parts["gateway"].facts["http"])

    async def worker(self, name: str, **given: Any) -> Part:
        """One more worker process, with the functions of fault_jobs.py."""
        own = WorkerSettings(
            nats=self._nats(name),
            **{"targets": (JOBS,), "slots": 8, "drain": 5.0, "ignore_cancel": 0.5, **given},
        )
        return await self._open("worker", name, own)

    async def gateway(self) -> Part:
        """The gateway, on a port that it keeps."""
        port = free_port()
        return await self._open("gateway", "gateway", GatewaySettings(nats=self._nats("gateway"), port=port))

    async def analytics(self) -> Part:
        """The analytics process."""
        own = AnalyticsSettings(nats=self._nats("analytics"), file=self.rows_file)
        return await self._open("analytics", "analytics", own)

    @contextlib.asynccontextmanager
    async def door(self) -> AsyncIterator[httpx.AsyncClient]:
        """HTTP to the gateway."""
        async with httpx.AsyncClient(base_url=self.http, timeout=10, trust_env=False) as client:
            yield client

    async def close(self) -> None:
        """End all of it."""
        await asyncio.gather(*(part.close() for part in self.parts.values()))
        await self.nats.close()

    def _nats(self, name: str) -> NatsSettings:
        return NatsSettings(url=self.nats.url, name=name)

    async def _open(self, kind: str, name: str, own: Any) -> Part:
        part = self.parts[name] = Part(kind, name, own, self.folder, self._tell)
        await part.open(FAULT_HISTORY=str(self.folder / "runs.jsonl"))
        return part


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.asynccontextmanager
async def stack(folder: Path, tell: Tell = lambda *_: None) -> AsyncIterator[Stack]:
    """A nats-server with all streams, and nothing else yet."""
    async with server_only(folder, tell) as made:
        await topology.apply(made.bus)
        yield made


@contextlib.asynccontextmanager
async def server_only(folder: Path, tell: Tell = lambda *_: None, **given: Any) -> AsyncIterator[Stack]:
    """A nats-server without a stream; `given` goes to its settings."""
    own = server.ServerSettings(folder / "nats", port=0, durability="process", **given)
    nats = NatsPart(await server.start(own), tell)
    made: Stack | None = None
    try:
        async with Bus.open(NatsSettings(url=nats.url, name="test")) as bus:
            made = Stack(folder, nats, bus, tell)
            yield made
    finally:
        await (made.close() if made is not None else nats.close())
