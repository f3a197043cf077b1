"""The server that all contestants of a case share, as `revo up` starts it."""

from pathlib import Path

from infra import server, topology
from infra.server import ServerSettings
from subjects.bus import Bus
from subjects.settings import NatsSettings
from tests.bench.role import Given, Line


async def serve(given: Given, line: Line) -> None:
    """A nats-server with every stream and bucket, until the line ends."""
    settings = ServerSettings(state=Path(given["store"]), port=0, durability=given["durability"])
    async with server.running(settings) as running:
        async with Bus.open(NatsSettings(url=running.url, name="bench-topology")) as bus:
            await topology.apply(bus)
        line.say(url=running.url, monitor=running.monitor_url, pid=running.pid)
        async for _ in line.asked():
            pass
