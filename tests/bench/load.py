"""A load of HTTP requests over kept connections, light enough to leave the machine to the server."""

import asyncio
import time
from collections import Counter
from typing import cast

from tests.bench.role import Given, Line


async def client(given: Given, line: Line) -> None:
    """Answers each question with how long so many requests took, and what came back."""
    line.say()
    async for asked in line.asked():
        line.say(**await _load(asked))


async def _load(asked: Given) -> Given:
    body = asked["body"].encode()
    head = f"POST {asked['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    load = _Load(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body, asked["count"])
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(load), "127.0.0.1", asked["port"])
        for _ in range(asked["connections"])
    ]
    began = time.monotonic()
    for _, connection in made:
        connection.next()
    await load.done
    ended = time.monotonic()
    for transport, _ in made:
        transport.close()
    return {"seconds": ended - began, "statuses": dict(load.statuses), "latencies": load.latencies}


class _Load:
    def __init__(self, request: bytes, count: int) -> None:
        self.request = request
        self.left = self.open = count
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def next(self) -> None:
        """Send a request, where there are any left."""
        if self._load.left and self._transport is not None:
            self._load.left -= 1
            self._began = time.monotonic()
            self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.lower().find(b"content-length:", 0, head + 2)
        length = int(self._buffer[at + 15 : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        load = self._load
        load.statuses[self._buffer[9:12].decode()] += 1
        load.latencies.append(time.monotonic() - self._began)
        self._buffer = b""
        load.open -= 1
        if not load.open:
            load.done.set_result(None)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._load.done.done():
            self._load.done.set_exception(ConnectionError(f"the server hung up: {exc}"))
