"""A web server for tests, in this loop: each path answers as its row says, good or bad."""

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

Answer = bytes | Callable[["Site", asyncio.StreamWriter], Awaitable[None]]


class Site:
    def __init__(self, rows: dict[str, Answer]) -> None:
        self.rows = rows
        self.asked: list[str] = []
        self.port = 0
        self.serving: set[asyncio.Task[None]] = set()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self.serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(self.serving.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = urlsplit(head.split(b" ")[1].decode()).path
            self.asked.append(path)
            answer = self.rows.get(path, status(404, b"nothing here", "text/plain"))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(self, writer)


@contextlib.asynccontextmanager
async def serving(rows: dict[str, Answer], tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site(rows)
    server = await asyncio.start_server(site.accept, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in list(site.serving):
            task.cancel()
        await asyncio.gather(*site.serving, return_exceptions=True)


def status(code: int, body: bytes = b"", kind: str = "text/html; charset=utf-8", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} So", f"Content-Type: {kind}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(html: str) -> bytes:
    return status(200, html.encode())


def redirect(location: str) -> bytes:
    return status(302, b"", "text/html", f"Location: {location}")


def bomb() -> bytes:
    return status(200, gzip.compress(bytes(64 << 20)), "text/plain", "Content-Encoding: gzip")


async def endless(site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(status(200, b"", "text/plain"))
    while True:
        writer.write(b"more and more\n" * 1000)
        await writer.drain()


async def drip(site: Site, writer: asyncio.StreamWriter) -> None:
    """One byte of a head at a time, each well before any time limit for a read."""
    for byte in status(200, b"late"):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)
