"""Hears what may change a status, so that it is told at once and not when the clock says so.

A worker that dies, a lane that is paused, the first task that comes: the server tells of all of them.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec

from subjects import codec, names, streams
from subjects.bus import Bus, Message, Subscription
from subjects.messages import WorkerInfo

_TASKS = f"live.{names.TASKS}"


class _Client(msgspec.Struct, frozen=True):
    name: str = ""


class _Connection(msgspec.Struct, frozen=True):
    client: _Client = _Client()


_decoder = msgspec.json.Decoder(_Connection)


class News:
    """Calls `ring` when something happens. Made by `heard`."""

    def __init__(self, bus: Bus, ring: Callable[[], None]) -> None:
        self._bus = bus
        self._ring = ring
        self._lost: dict[str, datetime] = {}
        self._waiting: Subscription | None = None

    def alive(self, worker: WorkerInfo) -> bool:
        """Whether a worker has shown itself since its connection was lost, if it was."""
        lost_at = self._lost.get(worker.id)
        return lost_at is None or worker.seen_at > lost_at

    async def wait_for_work(self) -> None:
        """Ring at the next task that is submitted, and no more until this is called again.

        Under load a message for each task would cost more than it tells.
        """
        if self._waiting is None:
            self._waiting = await self._bus.subscribe(_TASKS, self._on_task)
            await self._waiting.unsubscribe(1)

    async def open(self) -> list[Subscription]:
        """Begin to hear."""
        return [
            await self._bus.subscribe(streams.PAUSES, self._on_change),
            await self._bus.subscribe("conn.up", self._on_change),
            await self._bus.subscribe("conn.down", self._on_down),
            await self._bus.subscribe(names.control("dead", "x").removesuffix("x") + "*", self._on_dead),
        ]

    async def _on_change(self, message: Message) -> None:
        del message
        self._ring()

    async def _on_task(self, message: Message) -> None:
        del message
        self._waiting = None
        self._ring()

    async def _on_down(self, message: Message) -> None:
        with contextlib.suppress(msgspec.MsgspecError):
            name = _decoder.decode(message.data).client.name
            if name.startswith(names.CONNECTION):
                self._lose(name.removeprefix(names.CONNECTION))

    async def _on_dead(self, message: Message) -> None:
        self._lose(message.subject.rpartition(".")[2])

    def _lose(self, worker: str) -> None:
        now = codec.now()
        kept = {
            id: at for id, at in self._lost.items() if (now - at).total_seconds() < streams.WORKERS_TTL * 2
        }
        self._lost = {**kept, worker: now}
        self._ring()


@contextlib.asynccontextmanager
async def heard(bus: Bus, ring: Callable[[], None]) -> AsyncIterator[News]:
    """News for as long as the context is open."""
    news = News(bus, ring)
    subscriptions = await news.open()
    try:
        yield news
    finally:
        for subscription in subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
