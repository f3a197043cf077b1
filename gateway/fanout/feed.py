"""Everything that one stream stores, live, in order and without a hole."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import structlog

from gateway.fanout.ring import Item, Ring
from subjects import codec, errors, streams
from subjects.bus import Bus, Message, Record, Records, Subscription

log = structlog.get_logger()

PAGE = 500

_any = msgspec.json.Decoder()


class Sinks(NamedTuple):
    """Who is told: of each message, and when the stream was made anew."""

    item: Callable[[Item], None]
    renewed: Callable[[], None]


class Feed:
    """Follows a stream by its republished messages; `last` is the newest sequence that was handed on.

    A republished message carries its place in the stream, so a lost one shows as a hole, which is read from
    the stream before anything newer is handed on. What is lost at the end shows in `check`.
    """

    def __init__(self, bus: Bus, stream: str, ring: Ring, sinks: Sinks) -> None:
        self.stream = stream
        self.records = Records(bus, stream)
        self.ring = ring
        self.last = 0
        self.epoch = ""
        self.idle_since: float | None = None
        self._bus = bus
        self._sinks = sinks
        self._lock = asyncio.Lock()
        self._subscription: Subscription | None = None
        self._off: Callable[[], None] = lambda: None
        self._suspect = asyncio.Event()
        self._doubts: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen, then learn where the stream stands: what comes between the two is told once."""
        self._subscription = await self._bus.subscribe(live_subject(self.stream), self._on_message)
        self._off = self._bus.on_reconnect(self.check)
        self._doubts = asyncio.create_task(self._clear_doubts(), name=f"feed-{self.stream}")
        try:
            async with self._lock:
                self._start(await self.records.info())
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop listening; closing twice is fine."""
        self._off()
        if self._doubts is not None:
            self._doubts.cancel()
            await asyncio.gather(self._doubts, return_exceptions=True)
        if self._subscription is not None:
            with contextlib.suppress(Exception):
                await self._subscription.unsubscribe()
            self._subscription = None

    async def check(self) -> None:
        """Compare with the stream: read what was missed, notice when it is another stream."""
        try:
            info = await self.records.info()
            async with self._lock:
                if epoch_of(info) != self.epoch:
                    self._start(info)
                    log.info("stream was made anew", stream=self.stream, epoch=self.epoch)
                    self._sinks.renewed()
                elif int(info["state"]["last_seq"]) > self.last:
                    await self._fill(int(info["state"]["last_seq"]))
        except errors.RevoError as error:
            log.info("feed could not be checked", stream=self.stream, error=error.message)

    def _start(self, info: dict[str, Any]) -> None:
        self.epoch = epoch_of(info)
        self.last = int(info["state"]["last_seq"])
        self.ring.reset(self.last)

    async def _on_message(self, message: Message) -> None:
        headers = message.headers
        if headers is None or headers.get("Nats-Stream") != self.stream:
            return
        sequence = int(headers["Nats-Sequence"])
        async with self._lock:
            if not self.epoch:
                return
            if sequence <= self.last:
                # Already read by a fill; or the stream was made anew and counts from 1.
                if not self.ring.holds(sequence):
                    self._suspect.set()
                return
            if sequence > self.last + 1 and not await self._filled(sequence - 1):
                return
            self._hand_on(Item(sequence, headers["Nats-Subject"], readable(message.data)))

    async def _filled(self, upto: int) -> bool:
        try:
            await self._fill(upto)
        except errors.RevoError as error:
            log.info("hole could not be read yet", stream=self.stream, error=error.message)
            self._suspect.set()
            return False
        return True

    async def _fill(self, upto: int) -> None:
        while self.last < upto:
            records = await self.records.range(">", self.last + 1, PAGE)
            for record in records:
                if record.sequence <= upto:
                    self._hand_on(item_of(record))
            if not records or records[-1].sequence >= upto:
                # What is not there any more was deleted or has expired.
                self.last = upto

    def _hand_on(self, item: Item) -> None:
        self.last = item.sequence
        self.ring.push(item)
        self._sinks.item(item)

    async def _clear_doubts(self) -> None:
        while True:
            await self._suspect.wait()
            self._suspect.clear()
            await self.check()
            await asyncio.sleep(0.25)


def item_of(record: Record) -> Item:
    """A stored message as listeners see it."""
    return Item(record.sequence, record.subject, readable(record.data))


def readable(data: bytes) -> bytes:
    """`data` where it is JSON; anyone may publish, so else its text as a JSON string.

    >>> readable(b'{"a": 1}'), readable(b"hello")
    (b'{"a": 1}', b'"hello"')
    """
    try:
        codec.decode(data, _any)
    except errors.RevoError:
        return codec.encode(data.decode("utf-8", "replace"))
    return data


def epoch_of(info: dict[str, Any]) -> str:
    """Which stream this is: a stream that is made anew counts from 1 again."""
    return codec.stream_stamp(datetime.fromisoformat(info["created"]))


def live_subject(stream: str) -> str:
    """Where the accepted messages of a stream are republished."""
    for known in streams.STREAMS:
        if known.name == stream:
            return str(known.config["republish"]["dest"])
    raise errors.UnknownChannel(f"stream {stream!r} is not republished")
