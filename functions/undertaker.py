"""Ends what the server gave up on: a message delivered too often gets its outcome and its dead letter."""

import asyncio
import contextlib
from datetime import datetime

import msgspec
import structlog

from functions import intake
from functions.held import HeldTask
from functions.lanes import Lane
from functions.outcome import Failed
from functions.settle import Settler
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Message, Records
from subjects.bus.pulls import Pull

log = structlog.get_logger()

CONSUMER = "undertaker"
FILTER = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{streams.STREAM_TASKS}.*"
LINGER = 10.0


class _Advisory(msgspec.Struct):
    stream_seq: int
    deliveries: int


_decoder = msgspec.json.Decoder(_Advisory)


class Undertaker:
    """One consumer of the server's notices, shared by all workers."""

    def __init__(self, bus: Bus, worker: str) -> None:
        self._bus = bus
        self._settler = Settler(bus, worker)
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._pull = Pull(bus, streams.STREAM_DEAD, CONSUMER, self._queue.put_nowait)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin."""
        config = {
            "durable_name": CONSUMER,
            "ack_policy": "explicit",
            "filter_subject": FILTER,
            "ack_wait": 30 * 10**9,
        }
        await self._bus.api(
            f"CONSUMER.CREATE.{streams.STREAM_DEAD}.{CONSUMER}.{FILTER}",
            {"stream_name": streams.STREAM_DEAD, "config": config, "action": ""},
        )
        await self._pull.open(self._wake.set)
        self._task = asyncio.create_task(self._run(), name="undertaker")

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._pull.close()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while not self._queue.empty():
                    await self._end(self._queue.get_nowait())
                if self._pull.outstanding == 0 or self._pull.overdue():
                    self._pull.forget()
                    self._wake.clear()
                    await self._pull.ask(1, LINGER)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2 * LINGER):
                        await self._wake.wait()
                if self._pull.trouble:
                    await asyncio.sleep(1.0)
            except errors.RevoError as error:
                log.warning("undertaker failed", code=error.code, error=error.message)
                await asyncio.sleep(1.0)

    async def _end(self, notice: Message) -> None:
        told = _decoder.decode(notice.data)
        tasks = Records(self._bus, streams.STREAM_TASKS)
        record = await tasks.at(told.stream_seq)
        if record is not None and record.subject.startswith("task."):
            stamp = codec.stream_stamp(datetime.fromisoformat((await tasks.info())["created"]))
            stored = int(record.stored_at.timestamp() * 1e9)
            reply = f"$JS.ACK.{streams.STREAM_TASKS}.gone.{told.deliveries}.{record.sequence}.0.{stored}.0"
            held = HeldTask(
                Lane(names.parse_task(record.subject).queue, "low"),
                _Gone(record.subject, record.data, record.headers, reply),
                0.0,
            )
            found = await intake.read(self._bus, held.message, held.delivery, stamp)
            held.task = found.task
            if not isinstance(found, intake.Settled):
                said = f"given up after {told.deliveries} deliveries: its workers died or lost it each time"
                await self._settler.settle(held, Failed(errors.WorkerLost(said).info()))
            await tasks.delete(told.stream_seq)
            log.warning(
                "task given up", task=found.task.id, function=found.task.name, deliveries=told.deliveries
            )
        await self._bus.post(notice.reply, b"+ACK")


class _Gone:
    """A message as it stands in the stream, in the place of a delivery."""

    def __init__(self, subject: str, data: bytes, headers: dict[str, str], reply: str) -> None:
        self.subject = subject
        self.data = data
        self.reply = reply
        self.headers: dict[str, str] | None = headers
