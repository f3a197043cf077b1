"""What is said over one socket: frames in, answers out. Knows nothing of WebSocket itself.

In:  {type, id, payload}; type is subscribe, unsubscribe, submit, agent_task, cancel, get_agent_status, ping
Out: {type: ready|subscribed|unsubscribed|ack|error|gap|pong|event, ...}
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import structlog
from msgspec import Raw, Struct

from gateway import problems
from gateway.exchange import decoded
from gateway.fanout import Listener, Wanted, Wire
from gateway.fanout.fanout import Begun
from gateway.parts import Parts
from gateway.sockets import commands
from gateway.sockets.paths import Place
from subjects import errors
from subjects.messages import NULL

log = structlog.get_logger()

VERSION = 1
WAITING = 1000
"""Frames of one client that may wait before its socket is no longer read."""
AT_ONCE = 64
"""Commands of one client that run at the same time."""

MALFORMED = 4400
NEVER_READS = 4408
GONE_SILENT = 1001


class Frame(Struct, frozen=True):
    """What a client sends. `id` comes back with the answer."""

    type: str
    id: str | int | None = None
    payload: Raw = NULL


_frames = msgspec.json.Decoder(Frame)
_wanted = msgspec.json.Decoder(Wanted)


class Conversation:
    """One client from its ready frame to its end."""

    def __init__(self, parts: Parts, place: Place, wire: Wire) -> None:
        self.listener = Listener(wire, parts.settings, parts.counters)
        self.place = place
        self.heard = asyncio.get_running_loop().time()
        self.pinged = False
        self._parts = parts
        self._wire = wire
        self._waiting: deque[bytes] = deque()
        self._few = asyncio.Event()
        self._few.set()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._reader: asyncio.Task[None] | None = None
        self._malformed = 0

    def begin(self) -> None:
        """Say hello; subscribe at once where the address says so."""
        self.listener.tell(
            {
                "type": "ready",
                "version": VERSION,
                "connection": self.place.connection,
                "heartbeat": self._parts.settings.heartbeat,
            }
        )
        if self.place.wanted is not None:
            frame = Frame("subscribe")
            self.listener.spawn(self._guarded(frame, partial(self._subscribe, frame, self.place.wanted)))

    def end(self) -> None:
        """The client is gone; ending twice is fine."""
        self._waiting.clear()
        self._parts.fanout.leave(self.listener)

    def hear(self, data: bytes) -> bool:
        """Take a frame; False where the client should not be read before there is `room`."""
        self._waiting.append(data)
        if self._reader is None:
            self._reader = self.listener.spawn(self._read())
        if len(self._waiting) >= WAITING:
            self._few.clear()
        return self._few.is_set()

    async def room(self) -> None:
        """Wait until few frames of this client wait."""
        await self._few.wait()

    async def _read(self) -> None:
        # One after the other: a subscription stands before the command behind it runs. Commands overlap.
        while self._waiting:
            await self._take(self._waiting.popleft())
            if len(self._waiting) < WAITING // 2:
                self._few.set()
        self._reader = None

    async def _take(self, data: bytes) -> None:
        try:
            frame = decoded(data, _frames)
        except errors.RevoError as error:
            self._refuse(None, error)
            self._count_malformed()
            return
        match frame.type:
            case "ping":
                self.listener.tell({"type": "pong", "id": frame.id, "payload": frame.payload})
            case "subscribe":
                await self._guarded(frame, partial(self._subscribe, frame, None))
            case "unsubscribe":
                await self._guarded(frame, partial(self._unsubscribe, frame))
            case known if known in commands.KNOWN:
                await self._at_once.acquire()
                self.listener.spawn(self._command(frame))
            case _:
                known = ", ".join(("subscribe", "unsubscribe", *commands.KNOWN, "ping"))
                self._refuse(
                    frame.id, errors.InvalidRequest(f"{frame.type[:40]!r} is no type of frame: {known} are")
                )
                self._count_malformed()

    async def _subscribe(self, frame: Frame, wanted: Wanted | None) -> None:
        def answer(begun: Begun) -> None:
            self.listener.tell({"type": "subscribed", "id": frame.id, **begun._asdict()})

        await self._parts.fanout.subscribe(self.listener, wanted or self._payload(frame), answer)

    async def _unsubscribe(self, frame: Frame) -> None:
        gone = self._parts.fanout.unsubscribe(self.listener, self._payload(frame))
        self.listener.tell({"type": "unsubscribed", "id": frame.id, "channels": gone})

    def _payload(self, frame: Frame) -> Wanted:
        return decoded(_given(frame), _wanted)

    async def _command(self, frame: Frame) -> None:
        try:
            command = commands.Command(frame.type, frame.id, _given(frame))
            await self._guarded(frame, partial(self._run, command))
        finally:
            self._at_once.release()

    async def _run(self, command: commands.Command) -> None:
        done = await commands.run(self._parts, self.place.connection, command)
        self._parts.counters.commands[command.type, "ack"] += 1
        self.listener.tell({"type": "ack", "id": command.id, "payload": done})

    async def _guarded(self, frame: Frame, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except errors.RevoError as error:
            self._parts.counters.commands[frame.type, error.code] += 1
            self._refuse(frame.id, error)
            if isinstance(error, errors.UnknownChannel | errors.InvalidRequest):
                self._count_malformed()
        except Exception:
            log.exception("socket command failed", type=frame.type)
            self._refuse(frame.id, errors.RevoError())

    def _refuse(self, id: str | int | None, error: errors.RevoError) -> None:
        self.listener.tell({"type": "error", "id": id, "payload": problems.document(error)})

    def _count_malformed(self) -> None:
        self._malformed += 1
        if self._malformed >= self._parts.settings.max_malformed:
            self._waiting.clear()
            self._wire.close(MALFORMED, f"{self._malformed} malformed frames")


def _given(frame: Frame) -> bytes:
    payload = bytes(frame.payload)
    return b"{}" if payload == b"null" else payload
