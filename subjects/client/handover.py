"""Hands over what a dead worker held: within milliseconds, instead of when its lease ends.

A dead connection alone proves nothing, a worker may just be coming back; so a second of grace, unless its
supervisor saw the process die. The first of the living to write the claim does it: one negative
acknowledgement for each task, then the dead one's line leaves the list of workers.

Workers watch over each other, and so do gateways and analytics: where the only worker dies, somebody must be
there who notices.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog

from subjects import errors, names, streams
from subjects.bus import Bus, Message, Subscription
from subjects.kv import Bucket
from subjects.messages import WorkerInfo

log = structlog.get_logger()

GRACE = 1.0


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
            keys = {*left, *(held.ack for held in (info.held if info is not None else ()))}
            if not keys and info is None:
                return
            if not await Bucket(self._bus, "claims", str).claim(worker, self._own, ttl=60):
                return
            for key in keys:
                if key.startswith(_TASKS):
                    await self._bus.post(key, b"-NAK")
            await bucket.delete(worker)
        except errors.RevoError as error:
            log.warning("handover failed", worker=worker, code=error.code, error=error.message)
            return
        finally:
            self._begun.discard(worker)
        log.info("tasks handed over", worker=worker, tasks=len(keys))


def _worker(message: Message) -> str:
    try:
        name = _decoder.decode(message.data).client.name
    except msgspec.MsgspecError:
        return ""
    return name.removeprefix(names.CONNECTION) if name.startswith(names.CONNECTION) else ""
