"""uvicorn's HTTP protocol, with bounds on the head of a request: its size, and the time it may take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN = 30.0
"""Seconds from the first byte of a request to the end of its head."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Answers 431 to a head that is too large and 408 to one that does not end: the parser bounds neither."""

    most = 64 * 1024

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._chunk = self._head = 0
        self._open = False
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connected."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(HEAD_WITHIN, self._refuse, TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._done()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._chunk = len(data)
        self._head += self._chunk
        super().data_received(data)
        if self._open:
            # The parser says nothing of a line of the head that is not complete.
            if max(self._head, self._told()) > self.most:
                self._refuse(TOO_LARGE)
            elif self._limit is None:
                self._limit = self.loop.call_later(HEAD_WITHIN, self._refuse, TOO_SLOW)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        # The piece that it begins in may hold the end of another body: counted from the next one on.
        self._open, self._head = True, 0

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._open = False
        self._done()
        # What was read may hold a body too: count exactly, but only where it matters.
        if self._head + self._chunk > self.most and self._told() > self.most:
            self._refuse(TOO_LARGE)
            return
        super().on_headers_complete()

    def _told(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, answer: bytes) -> None:
        self._done()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _done(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
