"""A wire between a worker and its server that can be cut, silenced and mended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import urlsplit

State = Literal["open", "cut", "silent"]


class Proxy:
    """Forwards bytes to a server; `url` is where to connect instead."""

    def __init__(self, server_url: str) -> None:
        place = urlsplit(server_url)
        self._target = (place.hostname or "127.0.0.1", place.port or 4222)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._answers = asyncio.Event()
        self._answers.set()
        self.state: State = "open"

    @property
    def url(self) -> str:
        """Where the proxy listens."""
        return f"nats://127.0.0.1:{self._port}"

    async def cut(self) -> None:
        """Every connection ends at once, and new ones are refused."""
        self.state = "cut"
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    def silence(self) -> None:
        """Connections stay, and nothing passes: what a network does that drops packets."""
        self.state = "silent"
        self._flows.clear()
        self._answers.clear()

    def silence_answers(self) -> None:
        """The server hears, and what it says does not come back."""
        self.state = "silent"
        self._answers.clear()

    async def mend(self) -> None:
        """All is well again; what was held back by silence goes on."""
        if self.state == "cut":
            await self.open()
        self.state = "open"
        self._flows.set()
        self._answers.set()

    async def open(self) -> None:
        """Listen: on a free port the first time, on the same one ever after."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End all."""
        self._flows.set()
        self._answers.set()
        await self.cut()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            try:
                far_reader, far_writer = await asyncio.open_connection(*self._target)
            except OSError:
                return
            self._writers.add(far_writer)
            pumps = [
                asyncio.create_task(self._pump(reader, far_writer, self._flows)),
                asyncio.create_task(self._pump(far_reader, writer, self._answers)),
            ]
            self._pumps.update(pumps)
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._pumps.difference_update(pumps)
            far_writer.transport.abort()
            self._writers.discard(far_writer)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await passes.wait()
                writer.write(data)
                await writer.drain()


@contextlib.asynccontextmanager
async def proxied(server_url: str) -> AsyncIterator[Proxy]:
    """A proxy before a server for as long as the context is open."""
    proxy = Proxy(server_url)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
