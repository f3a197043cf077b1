"""One WebSocket on picows: what a conversation needs of it, and the signs of a slow or dead peer."""

import asyncio

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from gateway.parts import Parts
from gateway.sockets.conversation import GONE_SILENT, NEVER_READS, Conversation
from gateway.sockets.paths import Place

CLOSE_WITHIN = 1.0
"""Seconds for a client to answer a close before its connection is cut."""


class Socket(WSListener):
    """The wire of one client. `paused` while more than the bound waits in its send buffer."""

    def __init__(self, parts: Parts, place: Place) -> None:
        super().__init__()
        self.paused = False
        self.conversation = Conversation(parts, place, self)
        self._parts = parts
        self._transport: WSTransport | None = None
        self._closing = False
        self._pieces: list[bytes] = []
        self._size = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=self._parts.settings.buffer)
        self.conversation.begin()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002
        """The connection is gone, whoever ended it."""
        self._transport = None
        self.conversation.end()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came."""
        self.conversation.heard = asyncio.get_running_loop().time()
        self.conversation.pinged = False
        kind = frame.msg_type
        if kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._piece(transport, frame)
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self._closing = True
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def send(self, data: bytes) -> None:
        """Send a text frame; nothing where the client is going or gone."""
        if self._transport is not None and not self._closing:
            self._transport.send(WSMsgType.TEXT, data)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and cut the connection where the client does not answer."""
        transport = self._transport
        if transport is None or self._closing:
            return
        self._closing = True
        self._parts.counters.closed[code] += 1
        transport.send_close(code, reason[:120])  # type: ignore[arg-type]
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self.cut)

    def cut(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def pause_writing(self) -> None:
        """The send buffer is full."""
        self.paused = True
        self.conversation.listener.paused()

    def resume_writing(self) -> None:
        """The client reads again."""
        self.paused = False
        self.conversation.listener.drained()

    def look_after(self, now: float) -> None:
        """Ping who is silent, cut who is dead, send away who never reads, read on who was too fast."""
        settings, conversation = self._parts.settings, self.conversation
        paused_at, silent = conversation.listener.paused_at, now - conversation.heard
        if self._transport is None or self._closing:
            return
        if paused_at is not None and now - paused_at > settings.patience:
            self.close(NEVER_READS, "nothing was read for too long")
            self.cut()
        elif silent > 2 * settings.heartbeat:
            self.close(GONE_SILENT, "no sign of life")
            self.cut()
        elif silent > settings.heartbeat and not conversation.pinged:
            conversation.pinged = True
            self._transport.send_ping()

    def _piece(self, transport: WSTransport, frame: WSFrame) -> None:
        data = frame.get_payload_as_bytes()
        self._size += len(data)
        if self._size > self._parts.settings.max_frame:
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, "message too big")
            return
        if not frame.fin:
            self._pieces.append(data)
            return
        if self._pieces:
            data = b"".join((*self._pieces, data))
            self._pieces.clear()
        self._size = 0
        if not self._closing and not self.conversation.hear(data):
            transport.underlying_transport.pause_reading()
            self.conversation.listener.spawn(self._read_on(transport))

    async def _read_on(self, transport: WSTransport) -> None:
        await self.conversation.room()
        transport.underlying_transport.resume_reading()
