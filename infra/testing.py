"""The real system inside a test: a server of its own in a temporary directory, and faults on demand."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from infra import topology
from infra.server import Server, ServerSettings, running
from subjects.bus import Bus
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
