"""What a worker does by the clock: time limits, leases, and showing itself."""

import asyncio
import os
import socket
import time
from collections.abc import Callable

import psutil
import structlog

from functions.held import HeldTask
from functions.stall import Stall, Watch
from functions.state import WorkerState
from subjects import codec, errors, names, streams
from subjects.kv import Bucket
from subjects.messages import LogLine, Started, WorkerInfo

log = structlog.get_logger()

EVERY = 0.05
"""Seconds.

A task that runs for longer is told of: as `started`, and in the list of what this worker holds.
"""
SHOW_EVERY = 5.0
RENEW_EVERY = streams.ACK_WAIT / 3
CPU_OVER = 1.0
"""Seconds at least over which CPU use is measured: of a shorter time it says nothing."""


class Ticker:
    """The clock of one worker."""

    def __init__(self, worker: WorkerState, overdue: Callable[[HeldTask], None]) -> None:
        self._worker = worker
        self._overdue = overdue
        self._bucket = Bucket(worker.bus, "workers", WorkerInfo)
        self._process = psutil.Process()
        self._task: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Future[None]] = set()
        self._watch: Watch | None = None
        self._renewed = self._shown = self._measured = 0.0
        self._cpu: float | None = None
        self._told: frozenset[str] = frozenset()

    def start(self) -> None:
        """Begin to tick."""
        own = self._worker.settings
        self._watch = Watch(own.stall, own.stall_exit, self._blocked)
        self._watch.start()
        self._task = asyncio.create_task(self._run(), name="ticker")

    async def stop(self) -> None:
        """Tick no more, and leave the list of workers."""
        if self._watch is not None:
            self._watch.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._worker.settings.announce:
            try:
                await self._bucket.delete(self._worker.id)
            except errors.RevoError as error:
                log.warning("worker not signed off", worker=self._worker.id, code=error.code)

    async def show(self) -> None:
        """Write this worker's line into the `workers` bucket."""
        if self._worker.settings.announce:
            await self._bucket.post(self._worker.id, self._info(), streams.WORKERS_TTL)
        self._shown = time.monotonic()

    async def _run(self) -> None:
        while True:
            try:
                await self._tick(time.monotonic())
            except errors.RevoError as error:
                log.warning("tick failed", worker=self._worker.id, code=error.code)
            await asyncio.sleep(EVERY)

    async def _tick(self, now: float) -> None:
        own = self._worker
        for held in list(own.held.values()):
            if held.busy and now > held.stop_by and held.stop is None:
                held.interrupt("timeout", now, own.settings.ignore_cancel)
            elif held.busy and now > held.overtime:
                self._overdue(held)
            elif held.busy and not held.announced and now - held.started_on > EVERY:
                held.announced = True
                await self._started(held.key)
        if now - self._renewed > RENEW_EVERY:
            self._renewed = now
            for key in [*own.held, *(message.reply for message in own.waiting())]:
                await own.bus.post(key, b"+WPI")
        shown = frozenset(held.key for held in own.held.values() if held.announced)
        if shown != self._told or now - self._shown > SHOW_EVERY:
            self._told = shown
            await self.show()

    async def _started(self, key: str) -> None:
        held = self._worker.held.get(key)
        if held is None or held.task is None or held.started_at is None:
            return
        task = held.task
        told = Started(task.id, task.name, task.attempt, self._worker.id, held.started_at, task.agent)
        await self._worker.bus.post(
            names.event(task.queue, task.function, task.id, "started"), codec.encode(told)
        )

    def _info(self) -> WorkerInfo:
        own = self._worker
        now = codec.now()
        shown = [held.shown(now) for held in own.held.values() if held.announced]
        return WorkerInfo(
            id=own.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            functions=sorted(own.functions),
            slots=own.settings.slots,
            state="draining" if own.draining else "running",
            started_at=own.started_at,
            seen_at=now,
            held=[one for one in shown if one is not None],
            completed=own.completed,
            failed=own.failed,
            memory=self._process.memory_info().rss,
            cpu=self._cpu_now(),
            run_ms=None if own.run_ms is None else round(own.run_ms, 2),
            stuck=[
                held.name
                for held in own.held.values()
                if held.stage == "settled" or held.leftover is not None
            ],
        )

    def _cpu_now(self) -> float | None:
        """CPU use since it was measured last, where that is long enough ago; else what was measured then."""
        now = time.monotonic()
        if now - self._measured > CPU_OVER:
            used = self._process.cpu_percent(None)
            # Of its first call psutil says 0: there is nothing before it.
            self._cpu = used if self._measured else None
            self._measured = now
        return self._cpu

    def _blocked(self, stall: Stall) -> None:
        log.warning("handler blocked the loop", task=stall.task, place=stall.place, seconds=stall.seconds)
        name, _, id = stall.task.partition(" ")
        try:
            queue, function = names.split_function(name)
            subject = names.event(queue, function, id, "log")
        except errors.RevoError:
            return
        said = (
            f"blocked the event loop for {stall.seconds:g} s at {stall.place}; "
            "use a plain def, or isolation='process'"
        )
        line = LogLine(id, name, "warning", said, codec.now())
        telling = asyncio.ensure_future(self._worker.bus.post(subject, codec.encode(line)))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
