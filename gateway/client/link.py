"""One connection that never gives up: channels go on where they were, commands are sent until answered."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Raw, Struct, field

from gateway.client import socket
from gateway.client.conversation import SILENT, Conversation, Talk
from gateway.client.event_stream import EventStream
from gateway.client.feed import Feed, Listener, Place
from gateway.client.frames import Outgoing, Ready, read, written
from gateway.client.options import Options
from gateway.client.requests import Requests
from gateway.client.socket import Gone, Wire
from subjects import errors

log = logging.getLogger("revoagent.client")

SIGNED_OUT, FORBIDDEN = 4401, 4403
MALFORMED, TOO_BIG = 4400, 1009


class Status(Struct, frozen=True):
    """How a connection is."""

    state: Literal["idle", "connecting", "live", "waiting", "closed"]
    transport: Literal["socket", "events"]
    attempt: int
    """Tries since it last was well."""
    queued: int
    """Commands without an answer."""


class Where(Struct, frozen=True):
    """What a link connects to. `filters` narrow each of its channels."""

    url: str
    options: Options
    requests: Requests
    filters: dict[str, str] = {}
    name: str = field(default_factory=lambda: f"py-{uuid.uuid4()}")


class Link:
    """Made in a running loop. Connects when something is first wanted of it."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._own = where.options
        self._talk = Talk(where.options.queue)
        self._keeper: asyncio.Task[None] | None = None
        self._state: Literal["idle", "connecting", "live", "waiting", "closed"] = "idle"
        self._transport: Literal["socket", "events"] = "socket"
        self._attempt = 0
        self._refused = 0
        self._now = asyncio.Event()
        """Somebody does not want to wait for the next attempt."""

    @property
    def status(self) -> Status:
        """How it is now."""
        return Status(self._state, self._transport, self._attempt, len(self._talk.outbox))

    @property
    def idle(self) -> bool:
        """Whether it is not connected, and nobody wants it to be."""
        return self._keeper is None or self._keeper.done()

    def kick(self) -> None:
        """Try now instead of later."""
        self._now.set()

    async def close(self) -> None:
        """End loops and give commands up; closing twice is fine."""
        self._state = "closed"
        self._talk.outbox.fail(errors.Unavailable("the client was closed"), all=True)
        self._talk.end(None)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    def listen(self, channels: Iterable[str], place: Place | None) -> Listener:
        """Somebody who gets every event of these channels from now on, or from a place on."""
        listener = Listener(self._own.buffer)
        for channel in channels:
            feed = self._talk.feeds.setdefault(channel, Feed(channel, self._where.filters))
            feed.add(listener, place)
        self._want()
        return listener

    async def stand(self, channels: Iterable[str], listener: Listener) -> None:
        """Wait until the gateway sends these channels; the listener's error where it does not."""
        ended = asyncio.ensure_future(listener.over.wait())
        standing = asyncio.gather(*(self._talk.feeds[channel].stands.wait() for channel in channels))
        try:
            await asyncio.wait((ended, standing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            standing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await standing
        if listener.error is not None:
            raise listener.error

    def leave(self, listener: Listener) -> None:
        """Forget somebody; leaving twice is fine."""
        listener.end()
        for feed in self._talk.feeds.values():
            feed.remove(listener)
        self._talk.busy.set()
        if self._where.filters and not self._talk.wanted and self._keeper is not None:
            # Nobody else will want just this part.
            self._keeper.cancel()
            self._talk.feeds.clear()
            self._state = "idle"

    def taken(self, listener: Listener) -> None:
        """Something was taken from what waits for it: perhaps it has room again."""
        if listener.caught_up():
            for feed in self._talk.feeds.values():
                if listener in feed.listeners:
                    feed.rewind()
            self._talk.busy.set()

    async def send(self, type: str, payload: dict[str, Any], patience: float) -> Any:
        """The answer of a command."""
        id = str(uuid.uuid4())
        self._want()
        return await self._talk.outbox.done(id, Outgoing(type, id, Raw(written(payload))), patience)

    def _want(self) -> None:
        if self._state == "closed":
            raise errors.Unavailable("the client was closed")
        if self._keeper is None or self._keeper.done() or self._keeper.cancelling():
            self._keeper = asyncio.create_task(self._keep(), name="gateway link")
        self._talk.busy.set()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._state = "connecting"
            began, gone = loop.time(), Gone(SILENT, "no answer to the handshake")
            try:
                async with contextlib.AsyncExitStack() as opened:
                    wire = await self._dial()
                    opened.push_async_callback(wire.close)
                    began = loop.time()
                    await self._converse(wire)
            except Gone as told:
                gone = told
            except TimeoutError:
                pass
            if self._lost(gone, loop.time() - began):
                return
            self._state = "waiting"
            delay = self._own.backoff.delay(self._attempt, gone.hint)
            self._attempt += 1
            self._now.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._now.wait()

    async def _dial(self) -> Wire:
        own, where = self._own, self._where
        # Each time that the stream of events drops, a socket is tried once more.
        every = None if own.fallback_after is None else own.fallback_after + 1
        if every is not None and self._refused and self._refused % every == every - 1:
            self._transport = "events"
            stream = EventStream(where.requests, where.filters)
            self._refused += 1
            async with asyncio.timeout(own.handshake):
                await stream.greet()
            return stream
        self._transport = "socket"
        self._refused += 1
        return await socket.opened(where.url, where.name, own.handshake)

    async def _converse(self, wire: Wire) -> None:
        async with asyncio.timeout(self._own.handshake):
            ready = read(await wire.receive())
        if not isinstance(ready, Ready):
            raise Gone(SILENT, f"it is no gateway: it began with {type(ready).__name__}")
        if self._transport == "socket":
            self._refused = 0
        self._state = "live"
        log.info("live at %s by %s", self._where.url, self._transport)
        await Conversation(wire, self._talk, ready.heartbeat).run()

    def _lost(self, gone: Gone, lasted: float) -> bool:
        """What a lost connection leaves behind; True where nothing is to be tried any more."""
        if self._state == "live":
            log.info("lost %s: %s", self._where.url, gone)
            if lasted >= self._own.stable:
                self._attempt = 0
        elif self._attempt == 0:
            log.warning("%s does not take a connection yet: %s", self._where.url, gone)
        if gone.code in (MALFORMED, TOO_BIG):
            # The same frames would end the next connection too.
            self._talk.outbox.fail(errors.InvalidRequest(f"the gateway closed with {gone}"), all=False)
        self._talk.lost()
        if gone.code not in (SIGNED_OUT, FORBIDDEN):
            return False
        refused = errors.Forbidden(f"the gateway closed with {gone}")
        self._talk.outbox.fail(refused, all=True)
        self._talk.end(refused)
        self._state = "idle"
        return True
