"""A worker: pulls what fits, runs it, settles it, keeps the lease of all it holds, and stops in order."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from functions import execute, intake, spans
from functions.api import Function
from functions.context import Context
from functions.held import HeldTask
from functions.host import Facilities, TaskHost
from functions.isolate import alone, apart
from functions.lanes import Lane
from functions.outcome import Outcome, Retry, Returned, Superseded
from functions.pausing import Pausing
from functions.puller import Puller, Slots
from functions.settle import Settler
from functions.state import WorkerState
from functions.tick import Ticker
from subjects import codec, errors, names, streams, traces
from subjects.bus import Message, Records, Subscription
from subjects.signals import Yield

log = structlog.get_logger()

ENDLESS = 10.0 * 365 * 86_400
"""Seconds; each task has a time limit of its own."""
MOMENT = 0.25
"""Seconds in which the news of a child's end reaches its parent."""

_yields = msgspec.json.Decoder(Yield)


class Worker:
    """Runs the functions of some queues. Made and ended by `functions.service`."""

    def __init__(self, state: WorkerState, facilities: Facilities) -> None:
        self.state = state
        self.slots = Slots(state.settings.slots)
        self.shut: Callable[[], Awaitable[None]] = contextlib.AsyncExitStack().aclose
        queues = sorted({function.queue for function in state.functions.values()})
        self.puller = Puller(state.bus, queues, self.slots, self._start, state.ledger)
        state.waiting = self.puller.waiting
        state.stopped = self.puller.stopped
        self._pausing = Pausing(state.bus, state.id, self.puller, self._give_back)
        self._bus = state.bus
        self._facilities = facilities
        self._settler = Settler(state.bus, state.id)
        self._threads = ThreadPoolExecutor(state.settings.slots, thread_name_prefix="function")
        self._ticker = Ticker(state, self._overdue)
        self._settling: set[asyncio.Task[None]] = set()
        self._stamp = ""
        self._cancels: Subscription | None = None
        self._forget_hook: Callable[[], None] = lambda: None
        self._leaving = asyncio.Lock()
        self._closed = False

    async def open(self) -> None:
        """Begin to work."""
        await self._read_stamp()
        self._forget_hook = self._bus.on_reconnect(self._read_stamp)
        self._cancels = await self._bus.subscribe(names.CANCELS, self._on_cancel)
        self._ticker.start()
        await self._pausing.open()
        await self.puller.open()
        log.info(
            "worker started",
            worker=self.state.id,
            queues=sorted(self.puller.pace),
            slots=self.state.settings.slots,
        )

    async def close(self) -> None:
        """Take no more, let what runs end within the time for it, give back the rest.

        No attempt is counted.
        """
        if self._closed:
            return
        self._closed = True
        await self._take_no_more()
        await self._let_end(self.state.settings.drain)
        for held in list(self.state.held.values()):
            held.interrupt("draining", time.monotonic(), self.state.settings.ignore_cancel)
        left = [held.runner for held in self.state.held.values() if held.runner is not None]
        if left:
            await asyncio.wait(left, timeout=self.state.settings.ignore_cancel)
        self._forget_hook()
        await self._ticker.stop()
        if self._cancels is not None:
            await self._cancels.unsubscribe()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self.state.ledger is not None:
            self.state.ledger.close()
        log.info("worker stopped", worker=self.state.id, left=len(self.state.held))

    async def drain(self) -> None:
        """Take no more and answer no calls, and return once what runs has ended, however long that takes."""
        await self._take_no_more()
        await asyncio.gather(self.shut(), self._let_end(ENDLESS))

    async def _take_no_more(self) -> None:
        async with self._leaving:
            if self.state.draining:
                return
            self.state.draining = True
            await self._ticker.show()
            await self._pausing.close()
            for message in await self.puller.close():
                await self._return(message)

    async def _let_end(self, within: float) -> None:
        """Wait for what computes. A task that does nothing but wait for its children is given back."""
        deadline, looked = time.monotonic() + within, False
        while (left := deadline - time.monotonic()) > 0:
            busy = [
                held.runner
                for held in self.state.held.values()
                if held.runner is not None and held.stage != "waiting"
            ]
            if busy:
                await asyncio.wait(busy, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            elif looked or not self.state.held:
                return
            else:
                # A child that has just ended wakes its parent a moment later.
                await asyncio.sleep(min(left, MOMENT))
            looked = not busy

    def waits(self, held: HeldTask, waiting: bool) -> None:  # noqa: FBT001 - it is the fact that is told
        """A task that waits for its children gives its slot to others."""
        if held.stage not in ("running", "waiting"):
            return
        held.stage = "waiting" if waiting else "running"
        self.slots.busy += -1 if waiting else 1
        if waiting:
            self.puller.wake()

    def _overdue(self, held: HeldTask) -> None:
        # Told to stop, and does not: the task is settled without it, and its slot stays taken until it ends.
        held.stage = "settled"
        log.warning(
            "handler ignored its stop", task=held.task and held.task.id, function=held.name, stop=held.stop
        )
        settling = asyncio.create_task(
            self._settle(held, execute.interrupted(held)), name=f"settle {held.name}"
        )
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    def _start(self, lane: Lane, message: Message) -> None:
        held = HeldTask(lane, message, time.monotonic())
        self.state.held[held.key] = held
        self.slots.busy += 1
        held.runner = asyncio.create_task(self._work(held), name="task")

    async def _work(self, held: HeldTask) -> None:
        try:
            outcome = await self._attempt(held)
            # Without settling: how long the disk takes says nothing about how long the next task will run.
            seconds = time.monotonic() - held.started_on
            self.puller.pace[held.lane.queue].add(seconds)
            self.state.ran(seconds)
            if held.stage != "settled":
                held.stage = "settling"
                await self._settle(held, outcome)
        except errors.RevoError as error:
            # The store is full or gone. The message is not acknowledged, so it comes again when its lease
            # ends.
            log.warning("task could not be settled", function=held.name, code=error.code, error=error.message)
        except Exception as error:
            log.exception("worker failed on a task", function=held.name)
            await self._give_up(held, error)
        finally:
            if held.leftover is not None:
                await asyncio.wait([held.leftover])
            self.state.held.pop(held.key, None)
            if self.state.ledger is not None:
                self.state.ledger.remove(held.key)
            self.slots.busy -= 1
            self.puller.wake()

    async def _give_up(self, held: HeldTask, error: Exception) -> None:
        # A fault of ours, or of the machine. It counts as an attempt, so that it cannot go on for ever.
        if held.stage == "settled":
            return
        said = f"the worker could not settle it: {type(error).__name__}"
        try:
            await self._settle(held, Retry(errors.RevoError(said).info()))
        except Exception:
            log.exception("task left to its lease", function=held.name)

    async def _attempt(self, held: HeldTask) -> Outcome:
        found = await intake.read(self._bus, held.message, held.delivery, self._stamp)
        held.task = found.task
        held.function = self.state.functions.get(found.task.name)
        if isinstance(found, intake.Settled):
            return found.outcome
        function = execute.look_up(self.state.functions, found.task)
        if not isinstance(function, Function):
            return function
        if held.stop is not None:
            return execute.interrupted(held)
        if self.state.draining:
            return Returned()
        with spans.attempt(self.state.tracer, held, found.task) as span:
            return spans.ended(span, await self._run(held, function, suspect=found.suspect))

    async def _run(self, held: HeldTask, function: Function[..., Any], *, suspect: bool) -> Outcome:
        task = held.task
        assert task is not None
        limit = execute.time_limit(function, task)
        held.started_at = codec.now()
        held.started_on = time.monotonic()
        held.stop_by = held.started_on + limit
        held.stage = "running"
        host = TaskHost(self._bus, self._facilities, held, self.waits)
        own = asyncio.current_task()
        try:
            if alone(function, task, suspect=suspect):
                return await apart(function, task, held, host, self._facilities.withheld)
            context = Context(task, held.started_at + timedelta(seconds=limit), host)
            if own is not None:
                own.set_name(f"{task.name} {task.id}")
            return await execute.here(function, context, held, self._threads)
        finally:
            self._resume(held)
            while own is not None and own.uncancel() > 0:
                # The stop was for the function; settling must not be stopped with it.
                pass

    def _resume(self, held: HeldTask) -> None:
        if held.stage == "waiting":
            self.waits(held, waiting=False)

    async def _settle(self, held: HeldTask, outcome: Outcome) -> None:
        await held.heard()
        state = await self._settler.settle(held, outcome)
        held.stage = "settled"
        if state == "completed":
            self.state.completed += 1
        elif state is not None:
            self.state.failed += 1
        if state is not None and state != "completed" and held.task is not None:
            trace = traces.trace_id(held.trace or held.task.trace)
            log.info("task ended", task=held.task.id, function=held.name, state=state, trace=trace)

    async def _give_back(self, lane: Lane) -> None:
        """Of a lane that was paused: nothing that has not begun begins."""
        for held in list(self.state.held.values()):
            if held.lane is lane and held.stage == "reading":
                held.interrupt("draining", time.monotonic(), self.state.settings.ignore_cancel)
        taken = list(lane.held)
        lane.held.clear()
        await asyncio.gather(*(self._return(message) for message in taken))
        if self.state.ledger is not None:
            for message in taken:
                self.state.ledger.remove(message.reply)

    async def _return(self, message: Message) -> None:
        """Give back what was pulled and never started."""
        held = HeldTask(self.puller.lanes[0], message, time.monotonic())
        with contextlib.suppress(errors.RevoError):
            found = await intake.read(self._bus, message, held.delivery, self._stamp)
            held.task = found.task
            await self._settler.settle(
                held, found.outcome if isinstance(found, intake.Settled) else Returned()
            )

    async def on_yield(self, message: Message) -> None:
        """Leave a queue to others for a moment: the pool has workers for nothing else."""
        signal = codec.decode(message.data, _yields)
        self.puller.give_way(signal.queue, signal.seconds)

    async def _on_cancel(self, message: Message) -> None:
        id = message.subject.partition(".")[2]
        for held in list(self.state.held.values()):
            if (held.task is not None and held.task.id == id) or held.message.subject.endswith(f".{id}"):
                held.interrupt("canceled", time.monotonic(), self.state.settings.ignore_cancel)
        for lane in self.puller.lanes:
            for waiting in list(lane.held):
                if waiting.subject.endswith(f".{id}"):
                    lane.held.remove(waiting)
                    held = HeldTask(lane, waiting, time.monotonic())
                    await self._settler.settle(held, Superseded())
                    if self.state.ledger is not None:
                        self.state.ledger.remove(held.key)

    async def _read_stamp(self) -> None:
        info = await Records(self._bus, streams.STREAM_TASKS).info()
        self._stamp = codec.stream_stamp(datetime.fromisoformat(info["created"]))
