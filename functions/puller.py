"""Pulls exactly what fits.

A task that is pulled too early ages in the wrong place, one too late costs a round trip.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from functions.lanes import Lane, Pace, pick, turn
from functions.ledger import Ledger
from subjects import errors, names, streams
from subjects.bus import Bus, Message
from subjects.bus.pulls import Pull
from subjects.client.lanes import make

log = structlog.get_logger()

LINGER = 5.0
"""Seconds that a pull waits at the server for a lane that was empty."""

Start = Callable[[Lane, Message], None]


class Slots:
    """How many tasks run, and how many more may. One slot beyond `most` is kept for critical tasks."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.busy = 0

    @property
    def free(self) -> int:
        """Slots for any task."""
        return self.most - self.busy

    @property
    def free_for_urgent(self) -> bool:
        """Whether a critical task may start."""
        return self.busy <= self.most


class Puller:
    """Keeps the lanes of some queues fed and starts what is held, the most urgent first.

    For tasks of 20 ms and more a free slot asks the lanes one after the other, beginning with the one
    whose turn it is, and lingers on those that were empty. For shorter ones each lane has a standing pull
    as deep as the slots.
    """

    def __init__(
        self, bus: Bus, queues: Sequence[str], slots: Slots, start: Start, ledger: Ledger | None = None
    ) -> None:
        self.slots = slots
        self.lanes: list[Lane] = []
        self.pace = {queue: Pace() for queue in queues}
        self.pulled_at = 0.0
        self.late: Callable[[], None] = lambda: None
        self._bus = bus
        self._start = start
        self._ledger = ledger
        self._wake = asyncio.Event()
        self._away: dict[str, float] = {}
        self._pulls: dict[Lane, Pull] = {}
        self._task: asyncio.Task[None] | None = None
        self._forget_hook: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Make the lanes' consumers where they are missing, and begin to pull."""
        for queue in self.pace:
            for priority in names.PRIORITIES:
                lane = Lane(queue, priority)
                consumer = names.lane_consumer(queue, priority)
                pull = Pull(self._bus, streams.STREAM_TASKS, consumer, self._take(lane))
                await pull.open(self._wake.set)
                # Listed before it is asked for: whoever hears that it is paused meanwhile must find it.
                self.lanes.append(lane)
                self._pulls[lane] = pull
                lane.paused = await make(self._bus, queue, priority)
        self._forget_hook = self._bus.on_reconnect(self._forget)
        self._task = asyncio.create_task(self._run(), name="puller")

    async def close(self) -> list[Message]:
        """Stop pulling; what was pulled and not started is given back."""
        self._forget_hook()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await asyncio.gather(*(pull.close() for pull in self._pulls.values()))
        left: list[Message] = [message for lane in self.lanes for message in lane.held]
        for lane in self.lanes:
            lane.held.clear()
        return left

    def wake(self) -> None:
        """A slot is free."""
        self._wake.set()

    def set_paused(self, lane: Lane, *, paused: bool) -> None:
        """What the server says of a lane. A pull that waited there while it was paused brings nothing."""
        if lane.paused and not paused:
            self._pulls[lane].forget()
        lane.paused = paused
        self._wake.set()

    def give_way(self, queue: str, seconds: float) -> None:
        """Take nothing more from a queue for so long: others are there for it."""
        loop = asyncio.get_running_loop()
        self._away[queue] = loop.time() + seconds
        loop.call_later(seconds, self._wake.set)

    def stopped(self, queue: str) -> bool:
        """Whether every lane of a queue is paused."""
        own = [lane.paused for lane in self.lanes if lane.queue == queue]
        return bool(own) and all(own)

    def gives_way(self, queue: str) -> bool:
        """Whether it is left to others just now."""
        return asyncio.get_running_loop().time() < self._away.get(queue, 0.0)

    def waiting(self) -> list[Message]:
        """What is held and not started: its lease must be renewed."""
        return [message for lane in self.lanes for message in lane.held]

    def _take(self, lane: Lane) -> Callable[[Message], None]:
        ledger = self._ledger

        def take(message: Message) -> None:
            if ledger is not None:
                ledger.add(message.reply)
            lane.held.append(message)
            if lane.paused:
                # It was on its way when the lane was paused, or the lane goes on and nobody has told us.
                self.late()

        return take

    async def _forget(self) -> None:
        for pull in self._pulls.values():
            pull.forget()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._dispatch()
                if not await self._ask():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LINGER):
                            await self._wake.wait()
            except errors.RevoError as error:
                log.warning("pull failed", code=error.code, error=error.message)
                await asyncio.sleep(0.5)

    def _dispatch(self) -> None:
        while self.slots.free > 0:
            lane = pick(self.lanes)
            if lane is None:
                return
            self._start(lane, lane.held.popleft())
        for lane in self.lanes:
            while lane.urgent and lane.held and not lane.paused and self.slots.free_for_urgent:
                self._start(lane, lane.held.popleft())

    async def _ask(self) -> bool:
        """Ask for what fits; whether something came at once."""
        self.pulled_at = asyncio.get_running_loop().time()
        for pull in self._pulls.values():
            if pull.overdue():
                pull.forget()
        trouble = next((pull.trouble for pull in self._pulls.values() if pull.trouble), "")
        if trouble:
            await self._mend(trouble)
        slow: list[Lane] = []
        for lane in self._own_lanes():
            if self.pace[lane.queue].fast:
                await self._ask_ahead(lane)
            elif lane.urgent:
                await self._linger(lane)
            else:
                slow.append(lane)
        free = self.slots.free - sum(len(lane.held) for lane in self.lanes)
        if free <= 0 or not slow:
            return False
        if await self._sweep(slow, free):
            return True
        for lane in slow:
            await self._linger(lane)
        return False

    def _own_lanes(self) -> list[Lane]:
        """The lanes that are not left to others just now."""
        return [lane for lane in self.lanes if self._away.get(lane.queue, 0.0) <= self.pulled_at]

    async def _ask_ahead(self, lane: Lane) -> None:
        want = self.slots.most - self._pulls[lane].outstanding - len(lane.held)
        if want * 2 >= self.slots.most:
            await self._pulls[lane].ask(want, LINGER)

    async def _linger(self, lane: Lane) -> None:
        if self._pulls[lane].outstanding == 0 and not lane.held:
            await self._pulls[lane].ask(1, LINGER)

    async def _sweep(self, lanes: list[Lane], free: int) -> bool:
        # A lane with a pull that waits at the server is known to be empty.
        asked = [
            lane for lane in lanes if self._pulls[lane].outstanding == 0 and not lane.held and not lane.paused
        ]
        first = turn(asked)
        if first is None:
            return False
        for lane in [first, *(lane for lane in asked if lane is not first)]:
            pull = self._pulls[lane]
            await pull.ask(free)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await pull.answered.wait()
            if lane.held or any(other.held for other in self.lanes if other.urgent):
                return True
        return False

    async def _mend(self, trouble: str) -> None:
        log.warning("pull refused", reason=trouble)
        await asyncio.sleep(0.5)
        for lane, pull in self._pulls.items():
            if pull.trouble:
                lane.paused = await make(self._bus, lane.queue, lane.priority)
                pull.trouble = ""
