"""Keeps what a worker does with its lanes as the server has them: of a paused lane nothing starts.

The server delivers nothing from a paused lane, but what was pulled before is here already: it is given back,
and no attempt is counted. The truth is asked from the server each time; notices only say when to ask.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from functions.lanes import Lane
from functions.puller import Puller
from subjects import errors, names, streams
from subjects.bus import Bus, Message, Subscription
from subjects.client import lanes

log = structlog.get_logger()

LOOK_EVERY = 5.0
"""Seconds between two looks at a lane that is paused, should the notice of its end have been lost."""
_SIGNALS = names.control("lanes", "x").removesuffix("x") + "*"


class Pausing:
    """Watches the lanes of one worker. `give_back` gets what was taken from a paused lane and not begun."""

    def __init__(
        self, bus: Bus, worker: str, puller: Puller, give_back: Callable[[Lane], Awaitable[None]]
    ) -> None:
        self._bus = bus
        self._worker = worker
        self._puller = puller
        self._give_back = give_back
        self._late = asyncio.Event()
        self._subscriptions: list[Subscription] = []
        self._task: asyncio.Task[None] | None = None
        self._forget_hook: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Begin to watch."""
        self._puller.late = self._late.set
        self._subscriptions = [
            await self._bus.subscribe(streams.PAUSES, self._on_notice),
            await self._bus.subscribe(_SIGNALS, self._on_signal),
        ]
        self._forget_hook = self._bus.on_reconnect(self._look_at_all)
        self._task = asyncio.create_task(self._run(), name="pausing")

    async def close(self) -> None:
        """Watch no more."""
        self._forget_hook()
        for subscription in self._subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _on_notice(self, message: Message) -> None:
        consumer = message.subject.rpartition(".")[2]
        for lane in self._puller.lanes:
            if names.lane_consumer(lane.queue, lane.priority) == consumer:
                await self._look(lane)

    async def _on_signal(self, message: Message) -> None:
        """Somebody wants to know when this worker has done what there is to do."""
        queue = message.subject.rpartition(".")[2]
        own = [lane for lane in self._puller.lanes if lane.queue == queue]
        for lane in own:
            await self._look(lane)
        if own and message.reply:
            await self._bus.post(message.reply, self._worker.encode())

    async def _run(self) -> None:
        while True:
            self._late.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._late.wait()
            try:
                for lane in self._puller.lanes:
                    if lane.paused:
                        await self._look(lane)
            except errors.RevoError as error:
                log.warning("lane not looked at", code=error.code, error=error.message)
                await asyncio.sleep(1.0)

    async def _look_at_all(self) -> None:
        for lane in self._puller.lanes:
            await self._look(lane)

    async def _look(self, lane: Lane) -> None:
        paused = await lanes.lane_is_paused(self._bus, lane.queue, lane.priority)
        if paused != lane.paused:
            log.info("lane paused" if paused else "lane resumed", queue=lane.queue, priority=lane.priority)
        self._puller.set_paused(lane, paused=paused)
        if paused:
            await self._give_back(lane)
