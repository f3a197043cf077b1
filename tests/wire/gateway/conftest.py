"""A gateway in the loop of the test, on the test's own server, and clients of it."""

import asyncio
import contextlib
import json

import httpx
import pytest
import websockets

from analytics import service
from analytics.settings import AnalyticsSettings
from gateway import serve
from gateway.settings import GatewaySettings
from infra import topology
from infra.server import ServerSettings, running
from subjects import codec
from subjects.bus import Bus
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, WorkerInfo
from subjects.settings import NatsSettings

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}


class Gateway:
    """A running gateway."""

    def __init__(self, served, stop, task):
        self.url = served.url
        self.parts = served.parts
        self._stop = stop
        self._task = task

    async def stop(self):
        self._stop.set()
        await self._task


@contextlib.asynccontextmanager
async def serving(nats_url, **settings):
    """A gateway until the end of the block; stopping it before is fine."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    own = GatewaySettings(nats=NatsSettings(url=nats_url), **{"port": 0, **settings})

    async def run():
        async with serve.serving(own) as served:
            ready.set_result(served)
            await stop.wait()

    task = asyncio.create_task(run())
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    gateway = Gateway(ready.result(), stop, task)
    try:
        yield gateway
    finally:
        await gateway.stop()


class Talk:
    """One WebSocket, from a client's point of view."""

    def __init__(self, socket):
        self.socket = socket

    async def say(self, type, ident=None, /, **payload):
        await self.socket.send(json.dumps({"type": type, "id": ident, "payload": payload}))

    async def hear(self, *types):
        """The next frame; of one of these types, if any are given."""
        while True:
            frame = json.loads(await self.socket.recv())
            if not types or frame["type"] in types:
                return frame

    async def events(self, number):
        return [await self.hear("event") for _ in range(number)]

    async def closed(self):
        """Code and reason with which the gateway says goodbye."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self.socket.recv()
        return self.socket.close_code, self.socket.close_reason


@contextlib.asynccontextmanager
async def talking(url, path="/ws/tab", **options):
    """A socket that has heard its ready frame."""
    async with websockets.connect(url.replace("http", "ws") + path, max_size=None, **options) as socket:
        talk = Talk(socket)
        assert (await talk.hear())["type"] == "ready"
        yield talk


async def announce(bus):
    """What a worker says of itself: two functions."""
    functions = Bucket(bus, "functions", FunctionInfo)
    for name in ("text.shout", "perfect_recall.memory_store"):
        info = FunctionInfo(name, "Says it loudly.", TEXT, {"type": "string"}, 10, 3, "loop")
        await functions.put(name, info)


@contextlib.asynccontextmanager
async def standing(state, max_store=None, **settings):
    """A gateway over a server of its own, with as much room as is said."""
    own = ServerSettings(state, port=0, durability="process", max_store=max_store)
    async with running(own) as server, Bus.open(NatsSettings(url=server.url)) as bus:
        for config in topology.wanted(1):
            if max_store:
                config.pop("max_bytes", None)
            await bus.api(f"STREAM.CREATE.{config['name']}", config)
        await announce(bus)
        async with serving(server.url, **settings) as gateway:
            yield gateway


@pytest.fixture
async def announced(bus):
    """Two functions that a worker once announced."""
    await announce(bus)


@pytest.fixture
async def gateway(nats_server, announced):
    async with serving(nats_server.url) as running:
        yield running


@pytest.fixture
async def http(gateway):
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        yield client


@pytest.fixture
async def talk(gateway):
    async with talking(gateway.url) as socket:
        yield socket


async def eventually(ask, wanted):
    """Ask until the answer is as wanted: rows and statuses come a moment later."""
    async with asyncio.timeout(30):
        while not wanted(answer := await ask()):  # noqa: ASYNC110 - it is asked over the wire
            await asyncio.sleep(0.02)
    return answer


def worker(id="w1", **more):
    return WorkerInfo(id, "host", 1, ["text.shout"], 16, "running", codec.now(), codec.now(), **more)


@pytest.fixture
async def analytics(nats_server, bus, tmp_path):
    """The real analytics service, quicker than usual."""
    nats = NatsSettings(url=nats_server.url, name="analytics")
    settings = AnalyticsSettings(nats=nats, file=tmp_path / "a.duckdb", flush=0.01, status_every=0.05)
    async with service.running(settings) as store:
        yield store
