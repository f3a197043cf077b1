"""Takes a connection over from the HTTP server once it asks to be a WebSocket.

uvicorn parses the request and hands the connection to the class it was given for WebSocket. Ours is picows'
protocol, so that frames go from socket to parser to us with no ASGI message in between.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import structlog
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from gateway import guard, problems
from gateway.parts import Parts
from gateway.sockets.paths import Place, place
from gateway.sockets.wire import Socket
from subjects import codec, errors

log = structlog.get_logger()

HANDSHAKE_WITHIN = 10.0
READ_BUFFER = 4096
GOODBYE_WITHIN = 2.0


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows makes a logger for each connection and tells every step; an adapter is taken as it is."""


class Upgrades:
    """Makes sockets of connections, and ends them all at a stop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._sockets: set[Socket] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        # Not registered: what a bad peer does is counted, and is no line in the log.
        self._logger = _Quiet(logging.Logger("gateway.sockets", logging.CRITICAL), {})  # noqa: LOG001

    def protocol(self, **_: Any) -> asyncio.Protocol:
        """What uvicorn makes for one connection (its `ws` setting)."""
        taken: asyncio.Protocol = _Grafted(
            None,
            None,
            False,
            self._listener,
            self._logger,
            True,
            HANDSHAKE_WITHIN,
            False,
            self._parts.settings.heartbeat,
            self._parts.settings.heartbeat,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,
            self._parts.settings.max_frame,
            None,
            READ_BUFFER,
        )
        return taken

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks after the sockets; at the end all of them are told to come back elsewhere."""
        keeper = asyncio.create_task(self._keep(), name="sockets")
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._goodbye()

    def came(self, socket: Socket) -> None:
        """Look after a socket."""
        self._sockets.add(socket)
        self._empty.clear()

    def went(self, socket: Socket) -> None:
        """It is gone."""
        self._sockets.discard(socket)
        if not self._sockets:
            self._empty.set()

    def _listener(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        parts = self._parts
        path = request.path.decode("latin-1")
        try:
            told = request.headers.get
            guard.check(told("Host"), told("Origin"), told("User-Agent"))
            socket = _Counted(parts, place(path), self)
            if parts.stopping.is_set():
                raise errors.Unavailable("this gateway is stopping")
            parts.fanout.join(socket.conversation.listener)
        except errors.RevoError as error:
            body = codec.encode(problems.document(error, path.partition("?")[0]))
            kind = {"Content-Type": problems.MEDIA_TYPE}
            refused = WSUpgradeResponse.create_error_response(HTTPStatus(error.status), body, kind)
            return WSUpgradeResponseWithListener(refused, None)
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(), socket)

    async def _keep(self) -> None:
        every = min(1.0, self._parts.settings.heartbeat / 4)
        while True:
            await asyncio.sleep(every)
            now = asyncio.get_running_loop().time()
            for socket in list(self._sockets):
                socket.look_after(now)

    async def _goodbye(self) -> None:
        most = self._parts.settings.retry
        for socket in list(self._sockets):
            # Clients that leave at the same moment must not come back at the same moment.
            socket.close(WSCloseCode.SERVICE_RESTART.value, f"retry={random.randint(most // 4, most)}")  # noqa: S311
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_WITHIN):
                await self._empty.wait()
        for socket in list(self._sockets):
            socket.cut()


class _Counted(Socket):
    """A socket that stands in the list for as long as it is connected."""

    def __init__(self, parts: Parts, place: Place, upgrades: Upgrades) -> None:
        super().__init__(parts, place)
        self._upgrades = upgrades

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._upgrades.came(self)
        super().on_ws_connected(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        self._upgrades.went(self)
        super().on_ws_disconnected(transport)


class _Grafted(WSProtocol):  # type: ignore[misc]
    """picows' protocol for a connection whose first request has been read already."""

    def data_received(self, data: bytes) -> None:
        """The handshake as uvicorn repeats it. All that follows goes into the buffer directly."""
        while data:
            room = self.get_buffer(len(data))
            size = min(len(room), len(data))
            room[:size] = data[:size]
            self.buffer_updated(size)
            data = data[size:]
