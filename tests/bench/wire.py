"""A NATS connection with nothing between socket and caller: the ceiling of what Python can do here."""

import asyncio
import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

CRLF = b"\r\n"

Take = Callable[[bytes, bytes, bytes, bytes], None]
"""Called with subject, reply, headers and data of each message."""


class Wire(asyncio.Protocol):
    """Writes are gathered until the loop comes round; answers to requests come by number."""

    def __init__(self) -> None:
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._takers: dict[bytes, Take] = {}
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._out: list[bytes] = []

    @classmethod
    async def connect(cls, url: str) -> "Wire":
        """A connection that the server has greeted."""
        own = urlsplit(url)
        _, wire = await asyncio.get_running_loop().create_connection(
            cls, own.hostname or "", own.port or 4222
        )
        await wire.connected
        return wire

    def subscribe(self, subject: bytes, take: Take) -> None:
        """Hand each message to `take`."""
        sid = b"%d" % (len(self._takers) + 1)
        self._takers[sid] = take
        self.write(b"SUB %b %b\r\n" % (subject, sid))

    def publish(self, subject: bytes, data: bytes, reply: bytes = b"", headers: bytes = b"") -> None:
        """Send a message."""
        if headers:
            self.write(
                b"HPUB %b %b %d %d\r\n%b%b\r\n"
                % (subject, reply, len(headers), len(headers) + len(data), headers, data)
            )
        else:
            self.write(b"PUB %b %b %d\r\n%b\r\n" % (subject, reply, len(data), data))

    def write(self, data: bytes) -> None:
        """Send bytes, together with what else is said in this turn of the loop."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        assert self._transport is not None
        self._transport.write(b"".join(self._out))
        self._out.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1}
        self.write(b"CONNECT " + json.dumps(options).encode() + b"\r\nPING\r\n")

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        at, length = 0, len(buffer)
        while at < length:
            end = buffer.find(CRLF, at)
            if end < 0:
                break
            after = self._message(buffer, at, end) if buffer[at] in b"MH" else self._control(buffer, at, end)
            if after < 0:
                break
            at = after
        self._buffer = buffer[at:]

    def _message(self, buffer: bytes, at: int, end: int) -> int:
        parts = buffer[at:end].split()
        size = int(parts[-1])
        start = end + 2
        if len(buffer) < start + size + 2:
            return -1
        head = int(parts[-2]) if parts[0] == b"HMSG" else 0
        fixed = 5 if head else 4
        reply = parts[3] if len(parts) > fixed else b""
        self._takers[parts[2]](
            parts[1], reply, buffer[start : start + head], buffer[start + head : start + size]
        )
        return start + size + 2

    def _control(self, buffer: bytes, at: int, end: int) -> int:
        if buffer.startswith(b"PING", at):
            self.write(b"PONG\r\n")
        elif buffer.startswith(b"PONG", at) and not self.connected.done():
            self.connected.set_result(None)
        elif buffer.startswith(b"-ERR", at):
            raise ConnectionError(buffer[at:end].decode())
        return end + 2
