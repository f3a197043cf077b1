"""A WebSocket as the wire of one connection."""

import contextlib
import re
from typing import Protocol
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from gateway.client.frames import Outgoing, written

LARGEST = 64 * 1024 * 1024
"""Bytes of one frame: more than a gateway sends."""
_HINT = re.compile(r"\bretry=(\d{1,6})\b")


class Gone(Exception):
    """The connection is gone, or never came about."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason

    @property
    def hint(self) -> float:
        """Seconds that a stopping gateway asks for.

        >>> Gone(1012, "retry=1500").hint
        1.5
        """
        found = _HINT.search(self.reason)
        return int(found[1]) / 1000 if found else 0.0


class Wire(Protocol):
    """What carries frames; all of them raise Gone."""

    async def send(self, frame: Outgoing) -> None:
        """Say something."""
        ...

    async def receive(self) -> str | bytes:
        """The next frame."""
        ...

    async def close(self) -> None:
        """Leave; closing twice is fine."""
        ...


class Socket:
    """Frames over a WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, frame: Outgoing) -> None:
        """Say something."""
        try:
            await self._connection.send(written(frame), text=True)
        except ConnectionClosed as closed:
            raise _gone(closed) from None

    async def receive(self) -> bytes:
        """The next frame."""
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as closed:
            raise _gone(closed) from None

    async def close(self) -> None:
        """Leave, and do not wait long for an answer."""
        with contextlib.suppress(OSError):
            await self._connection.close()


async def opened(url: str, name: str, within: float) -> Socket:
    """A WebSocket of a gateway. `name` is the same on every connection of a client."""
    address = f"{re.sub('^http', 'ws', url)}/ws/{quote(name, safe='')}"
    try:
        connection = await connect(
            address,
            open_timeout=within,
            # A dead peer is found by what is said, as over every wire.
            ping_interval=None,
            close_timeout=1.0,
            max_size=LARGEST,
            compression=None,
        )
    except InvalidStatus as refused:
        body = (refused.response.body or b"").decode("utf-8", "replace")
        raise Gone(refused.response.status_code, body[:200]) from None
    except (OSError, EOFError, InvalidHandshake, InvalidURI) as error:
        raise Gone(1006, str(error) or type(error).__name__) from None
    return Socket(connection)


def _gone(closed: ConnectionClosed) -> Gone:
    said = closed.rcvd
    return Gone(1006, "cut") if said is None else Gone(said.code, said.reason)
