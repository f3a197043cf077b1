"""Streams to rows, each message exactly once: the position stands in the file, beside the rows it speaks of.

A reader starts at the file's position whatever the consumer believes, commits a batch with its position, and
acknowledges it with one message. After a crash, a reconnect or a gap it starts again from the file.
"""

import asyncio
import contextlib

import structlog
from msgspec import structs

from analytics import rows
from analytics.ingest.align import align
from analytics.ingest.pace import Pace
from analytics.rows import Origin, Source
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec, errors, streams
from subjects.bus import Bus, Message
from subjects.bus.pulls import Pull

log = structlog.get_logger()

EXPIRES = 30.0
"""Seconds that a pull stands; an idle reader sends two a minute."""
ACK_WAIT = 3600
"""Seconds. A reader that restarts makes its consumer anew, so nothing ever waits for this."""
PAUSE = 0.5


class Reader:
    """Reads one stream for as long as `run` is awaited."""

    def __init__(self, bus: Bus, store: Store, source: Source, settings: AnalyticsSettings) -> None:
        self.name = source.consumer
        self.started = asyncio.Event()
        self.pace = Pace(settings.batch)
        self._bus = bus
        self._store = store
        self._source = source
        self._settings = settings
        self._wake = asyncio.Event()
        self._full = asyncio.Event()
        self._position = Position(source.stream, "")
        self._opened = 0
        self._over = ""
        self._expected = 1
        self._pending = 0
        self._told_at = 0.0
        self._lines: dict[str, dict[str | int, bytes]] = {}
        self._count = 0
        self._last_reply = ""

    async def run(self) -> None:
        """Ingest until cancelled: whatever goes wrong is told, and tried again from the file's position."""
        told = ""
        while True:
            try:
                reason = await self._session()
                log.info("reader restarted", stream=self._source.stream, reason=reason)
                told = ""
            except errors.RevoError as error:
                if error.message != told:
                    log.warning("reader waited", stream=self._source.stream, error=error.message)
                told = error.message
            await asyncio.sleep(PAUSE)

    async def _session(self) -> str:
        self._opened = self._store.opened
        position = await align(self._bus, self._store, self._source)
        await _consume_from(self._bus, self._source, position.sequence + 1, self._window)
        self._begin(position)
        pull = Pull(self._bus, self._source.stream, self._source.consumer, self._take)
        forget = self._bus.on_reconnect(self._on_reconnect)
        await pull.open(self._wake.set)
        self.started.set()
        try:
            while (reason := self._end_of(pull)) is None:
                room = self._window - pull.outstanding - self._count
                if room >= self._settings.batch:
                    await pull.ask(room, EXPIRES)
                await self._gather()
                await self._commit()
        finally:
            forget()
            await pull.close()
        return reason

    def _end_of(self, pull: Pull) -> str | None:
        """Why this session cannot go on."""
        if pull.overdue():
            return "pull unanswered"
        return self._over or pull.trouble or None

    @property
    def _window(self) -> int:
        """Messages that may be on their way or held: while one batch is written the next arrives."""
        return 2 * self._settings.batch

    def _begin(self, position: Position) -> None:
        self._position = position
        self._over = ""
        self._expected = 1
        self._empty()

    def _empty(self) -> None:
        self._lines = {}
        self._count = 0
        self._last_reply = ""
        self._wake.clear()
        self._full.clear()

    async def _on_reconnect(self) -> None:
        # The stream may have lost its tail with the server: what this reader knows is no longer sure.
        self._over = "reconnected"
        self._wake.set()
        self._full.set()

    def _take(self, message: Message) -> None:
        delivery = codec.delivery(message.reply)
        if delivery.consumer_sequence != self._expected:
            self._over = "gap in the delivery"
            return
        self._expected += 1
        if delivery.stream_sequence <= self._position.sequence:
            return
        stored_at = codec.from_ns(delivery.stored_ns)
        origin = Origin(self._source.stream, message.subject, delivery.stream_sequence, stored_at)
        line = rows.read(self._source, origin, message.data)
        self._lines.setdefault(line.table, {})[line.key] = line.json
        self._position = Position(
            self._position.stream, self._position.epoch, delivery.stream_sequence, stored_at
        )
        self._pending = delivery.pending
        self._last_reply = message.reply
        self._count += 1
        if self._count >= self._settings.batch:
            self._full.set()

    async def _gather(self) -> None:
        """Wait for a first message, then for a full batch or for the first one to become old."""
        try:
            async with asyncio.timeout(EXPIRES):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        if self._count:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.flush):
                    await self._full.wait()

    async def _commit(self) -> None:
        if not self._count:
            return
        batch = Batch(self._lines, self._position, self._opened)
        count, reply = self._count, self._last_reply
        self._empty()
        aside = await self._store.append(batch)
        aside += len(batch.lines.get("quarantine", {}))
        if aside:
            log.warning("messages set aside", stream=self._source.stream, count=aside)
        await self._bus.post(reply, b"+ACK")
        self._tell(count)

    def _tell(self, count: int) -> None:
        """How it goes, for who is far behind: now and then, and at the end."""
        now = asyncio.get_running_loop().time()
        done = self.pace.wrote(now, count, self._pending)
        if done is not None:
            read, took = done
            self._told_at = 0.0
            log.info("caught up", stream=self._source.stream, rows=read, seconds=round(took, 1))
            return
        progress = self.pace.progress(now)
        if progress is not None and now - self._told_at > self._settings.progress_every:
            self._told_at = now
            log.info("catching up", stream=self._source.stream, **structs.asdict(progress))


async def _consume_from(bus: Bus, source: Source, sequence: int, window: int) -> None:
    """The durable consumer, made anew: what it believed to have delivered before does not count."""
    await bus.api(f"CONSUMER.DELETE.{source.stream}.{source.consumer}")
    config = {
        "durable_name": source.consumer,
        "description": "Feeds DuckDB; its position stands in the file.",
        "ack_policy": "all",
        "ack_wait": ACK_WAIT * streams.SECOND,
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": sequence,
        "max_ack_pending": 2 * window,
        "max_waiting": 16,
    }
    answer = await bus.api(
        f"CONSUMER.CREATE.{source.stream}.{source.consumer}",
        {"stream_name": source.stream, "config": config, "action": "create"},
    )
    if "error" in answer:
        raise errors.Unavailable(f"consumer {source.consumer}: {answer['error'].get('description')}")
