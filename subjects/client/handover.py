"""Hands over what a dead worker held: within milliseconds, instead of when its lease ends.

A dead connection alone proves nothing, a worker may just be coming back; so a second of grace, unless its
supervisor saw the process die. The first of the living to write the claim does it: one negative
acknowledgement for each task, then the dead one's line leaves the list of workers.

Workers watch over each other, and so do gateways and analytics: where the only worker dies, somebody must be
there who notices.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Message, Record, Records, Subscription
from subjects.fleet import HANDED_OVER, HandedOver
from subjects.kv import Bucket
from subjects.messages import WorkerInfo

log = structlog.get_logger()

GRACE = 1.0
MOST_READ = 100
"""Tasks that only the ledger names and whose ids are read for the record."""
READ_WITHIN = 0.25
"""Seconds that the record may cost those who wait."""


class _Client(msgspec.Struct, frozen=True):
    name: str = ""


class _Connection(msgspec.Struct, frozen=True):
    client: _Client = _Client()


_decoder = msgspec.json.Decoder(_Connection)
_left = msgspec.json.Decoder(list[str])
_TASKS = f"$JS.ACK.{streams.STREAM_TASKS}."


class Handover:
    """Watches over all workers but the one called `own`."""

    def __init__(self, bus: Bus, own: str) -> None:
        self._bus = bus
        self._own = own
        self._subscriptions: list[Subscription] = []
        self._pending: dict[str, asyncio.Task[None]] = {}
        self._begun: set[str] = set()

    async def open(self) -> None:
        """Begin to watch."""
        self._subscriptions = [
            await self._bus.subscribe("conn.down", self._on_down),
            await self._bus.subscribe("conn.up", self._on_up),
            await self._bus.subscribe(names.control("dead", "x").removesuffix("x") + "*", self._on_dead),
        ]

    async def close(self) -> None:
        """Watch no more."""
        for subscription in self._subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        for pending in self._pending.values():
            pending.cancel()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Handover"]:
        """Watches for as long as the context is open."""
        await self.open()
        try:
            yield self
        finally:
            await self.close()

    async def _on_down(self, message: Message) -> None:
        worker = _worker(message)
        # Its supervisor may have been faster, and that needs no grace.
        if worker not in self._pending:
            self._expect(worker, GRACE)

    async def _on_up(self, message: Message) -> None:
        worker = _worker(message)
        if worker not in self._begun and (back := self._pending.pop(worker, None)) is not None:
            back.cancel()

    async def _on_dead(self, message: Message) -> None:
        try:
            left = _left.decode(message.data) if message.data else []
        except msgspec.MsgspecError:
            left = []
        self._expect(message.subject.rpartition(".")[2], 0.0, left)

    def _expect(self, worker: str, grace: float, left: Sequence[str] = ()) -> None:
        if not worker or worker == self._own or worker in self._begun:
            # What has begun is not begun anew: it has the claim, and nobody else will do the rest.
            return
        before = self._pending.pop(worker, None)
        if before is not None:
            before.cancel()
        task = asyncio.create_task(self._hand_over(worker, grace, left), name=f"handover {worker}")
        self._pending[worker] = task
        task.add_done_callback(
            lambda done: self._pending.pop(worker, None) if self._pending.get(worker) is done else None
        )

    async def _hand_over(self, worker: str, grace: float, left: Sequence[str]) -> None:
        await asyncio.sleep(grace)
        self._begun.add(worker)
        try:
            bucket = Bucket(self._bus, "workers", WorkerInfo)
            info = await bucket.get(names.token(worker))
            shown = {held.ack: held.id for held in (info.held if info is not None else ())}
            keys = {key for key in (*left, *shown) if key.startswith(_TASKS)}
            if not keys and info is None:
                return
            if not await Bucket(self._bus, "claims", str).claim(worker, self._own, ttl=60):
                return
            ids = await self._ids(keys, shown)
            for key in keys:
                await self._bus.post(key, b"-NAK")
            told = HandedOver(worker, self._own, codec.now(), len(keys), ids)
            await bucket.delete(worker)
            await self._bus.post(names.metric(worker, HANDED_OVER), codec.encode(told))
        except errors.RevoError as error:
            log.warning("handover failed", worker=worker, code=error.code, error=error.message)
            return
        finally:
            self._begun.discard(worker)
        log.info("tasks handed over", worker=worker, tasks=len(keys))

    async def _ids(self, keys: Collection[str], shown: Mapping[str, str]) -> list[str]:
        """The ids of tasks: those that the worker had shown, and of the others as many as a moment allows.

        They are read before they are given back: afterwards one may be done, and gone, at once.
        """
        found = [shown[key] for key in keys if key in shown]
        others = [key for key in keys if key not in shown][:MOST_READ]
        if not others:
            return found
        tasks = Records(self._bus, streams.STREAM_TASKS)
        with contextlib.suppress(TimeoutError, errors.RevoError):
            async with asyncio.timeout(READ_WITHIN):
                created = (await tasks.info())["created"]
                stamp = codec.stream_stamp(datetime.fromisoformat(created))
                records = await asyncio.gather(
                    *(tasks.at(codec.delivery(key).stream_sequence) for key in others)
                )
                found += [id for record in records if (id := _id(record, stamp)) is not None]
        return found


def _id(record: Record | None, stamp: str) -> str | None:
    """What a stored task is called; None where it is gone, or is none."""
    if record is None:
        return None
    try:
        name = names.parse_task(record.subject)
        return codec.task_id(name, record.headers, stamp, record.sequence)
    except errors.RevoError:
        return None


def _worker(message: Message) -> str:
    try:
        name = _decoder.decode(message.data).client.name
    except msgspec.MsgspecError:
        return ""
    return name.removeprefix(names.CONNECTION) if name.startswith(names.CONNECTION) else ""
