"""The pool: more workers for the queues that a parallel job fills, for as long as it does.

Asleep, it costs nothing: it waits for a task on the queue `parallel_mind` to be announced. Awake, it looks at
the lanes twice a second and follows the rule of `functions.engines.scaling`.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from functions.engines.scaling import Bounds, Load, Pool
from functions.settings import WorkerSettings
from infra import backlog, forked
from infra.child import Home, worker_id
from infra.forked import ForkServer
from infra.forkserver import Told
from infra.spawn import ended
from subjects import codec, errors, names
from subjects.bus import Bus, Message
from subjects.signals import Yield

PARENTS = "parallel_mind"
"""The queue whose tasks fan out. While one of them is unfinished the pool may grow."""
FIRST = 0.1
"""Seconds from a task that may fan out to the first look."""
TICK = 0.5
"""Seconds between two looks after that."""
YIELD = 3 * TICK
"""Seconds for which a resident leaves a queue to the pool; said again at each look."""
LINGER = 60.0
"""Seconds that the fork server is kept when no worker of the pool is left."""


class Pooling(Struct, frozen=True):
    """What the pool is made of: `residents` are the ids of the workers that are there anyway."""

    worker: WorkerSettings
    residents: Callable[[], list[str]]
    bounds: Bounds


class _Pooled:
    """One worker of the pool."""

    def __init__(self, queue: str, name: str, worker: str) -> None:
        self.queue = queue
        self.name = name
        self.worker = worker
        self.pid = 0
        self.ready = False
        self.leaving = False

    def leave(self) -> None:
        self.leaving = True
        if self.pid:
            forked.terminate(self.pid)


class Scaler:
    """Starts and stops the workers of the pool. Made by `scaling`."""

    def __init__(self, bus: Bus, plan: Pooling, home: Home) -> None:
        self._bus = bus
        self._plan = plan
        self._home = home
        self._wake = asyncio.Event()
        self._wake.set()
        self._pools: dict[str, Pool] = {}
        self._workers: dict[str, _Pooled] = {}
        self._server: ForkServer | None = None
        self._count = 0
        self._none_left = asyncio.Event()
        self._none_left.set()
        self._lost: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look while there is something to see, sleep else."""
        for priority in names.PRIORITIES:
            await self._bus.subscribe(f"live.{names.lane(PARENTS, priority)}", self._on_task)
        while True:
            quiet = LINGER if self._server is not None else None
            try:
                async with asyncio.timeout(quiet):
                    await self._wake.wait()
            except TimeoutError:
                await self._end_server()
                continue
            self._wake.clear()
            with contextlib.suppress(errors.RevoError):
                await asyncio.sleep(FIRST)
                while await self._look():  # noqa: ASYNC110 - the lanes are looked at over the wire
                    await asyncio.sleep(TICK)
                continue
            # The server is away, or the functions do not load: not at once again.
            await asyncio.sleep(1.0)
            self._wake.set()

    async def stop(self, within: float) -> None:
        """Let all workers of the pool end what they run; by force after `within` seconds."""
        for worker in self._workers.values():
            worker.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._none_left.wait()
        await self._end_server()

    async def renew(self) -> None:
        """Forget the code that is loaded: the next workers have what is on disk now."""
        self._pools.clear()
        await self.stop(self._plan.worker.drain)
        self._wake.set()

    def kill(self) -> None:
        """SIGKILL for the whole pool."""
        if self._server is not None:
            self._server.kill()

    async def _on_task(self, _: Message) -> None:
        self._wake.set()

    async def _look(self) -> bool:
        """Fit the pools to the lanes; whether to look again soon."""
        loads = _loads(await backlog.lanes(self._bus))
        parents = loads.get(PARENTS, Load(0, 0))
        active = parents.pending + parents.held > 0
        residents = len(self._plan.residents())
        room = self._plan.bounds.most - residents
        for queue in self._elastic(loads, active=active):
            pool = self._pools.setdefault(queue, Pool(self._plan.bounds))
            size = pool.step(loads.get(queue, Load(0, 0)) if active else Load(0, 0))
            extra = min(room, max(0, size - residents))
            room -= extra
            await self._resize(queue, extra)
            await self._keep_free(queue)
            if size == 0:
                del self._pools[queue]
        return active or bool(self._pools)

    def _elastic(self, loads: Mapping[str, Load], *, active: bool) -> list[str]:
        """The queues that have a pool, and those where tasks wait that nobody has taken."""
        known = self._server.queues if self._server is not None and self._server.alive else None
        waiting = [
            queue
            for queue, load in loads.items()
            if active and queue != PARENTS and load.pending > 0 and (known is None or queue in known)
        ]
        return sorted({*self._pools, *waiting})

    async def _keep_free(self, queue: str) -> None:
        # A resident runs the parent of the job and whatever else people wait for. It leaves the items to the
        # pool, as soon as there is one.
        if any(
            worker.ready and not worker.leaving for worker in self._workers.values() if worker.queue == queue
        ):
            for resident in self._plan.residents():
                await self._bus.post(names.control("yield", resident), codec.encode(Yield(queue, YIELD)))

    async def _resize(self, queue: str, count: int) -> None:
        own = [worker for worker in self._workers.values() if worker.queue == queue and not worker.leaving]
        for worker in own[count:]:
            worker.leave()
        if count > len(own):
            server = await self._ready_server()
            if queue not in server.queues:
                return
            for _ in range(count - len(own)):
                self._fork(server, queue)
        if (count > 0) != bool(own):
            self._home.say(f"pool: {count or 'no'} more worker{'s' * (count != 1)} for {queue}")

    def _fork(self, server: ForkServer, queue: str) -> None:
        self._count += 1
        name = f"pool-{self._count}"
        worker = _Pooled(queue, name, worker_id(name))
        own = structs.replace(
            self._plan.worker,
            only=tuple(one for one in self._plan.worker.only if one.startswith(f"{queue}.")) or (queue,),
            slots=1,
            announce=False,
            name=worker.worker,
            ledger=self._home.held / worker.worker,
        )
        self._workers[name] = worker
        self._none_left.clear()
        try:
            server.fork(name, own, self._log_file)
        except errors.Unavailable:
            self._gone(worker)
            raise

    @property
    def _log_file(self) -> Path:
        return self._home.logs / "pool.log"

    async def _ready_server(self) -> ForkServer:
        if self._server is not None and not self._server.alive:
            await self._end_server()
        if self._server is None:
            own = self._plan.worker
            try:
                self._server = await forked.start(
                    own.targets, own.only, self._log_file, self._home.log_level, self._on_told
                )
            except errors.Unavailable as error:
                self._home.say(f"no pool: {error.message}")
                raise
        return self._server

    async def _end_server(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None
        for worker in list(self._workers.values()):
            # It died with its server, and nobody was there to tell.
            self._gone(worker)
            await self._hand_over(worker)

    def _on_told(self, told: Told) -> None:
        worker = self._workers.get(told.name)
        if worker is None:
            return
        if told.kind == "started":
            worker.pid = told.pid
        elif told.kind == "ready":
            worker.ready = True
            if worker.leaving:
                # It was told to go before it could hear.
                forked.terminate(worker.pid)
        elif told.kind == "ended":
            self._gone(worker)
            if told.code != 0:
                self._home.say(f"{told.name} {ended(told.code)}")
                task = asyncio.create_task(self._hand_over(worker), name=f"hand over {told.name}")
                self._lost.add(task)
                task.add_done_callback(self._lost.discard)

    def _gone(self, worker: _Pooled) -> None:
        self._workers.pop(worker.name, None)
        if not self._workers:
            self._none_left.set()

    async def _hand_over(self, worker: _Pooled) -> None:
        await self._home.lost(worker.worker)
        (self._home.held / worker.worker).unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def scaling(bus: Bus, plan: Pooling, home: Home) -> AsyncIterator[Scaler]:
    """A pool beside the resident workers, for as long as the context is open."""
    scaler = Scaler(bus, plan, home)
    task = asyncio.create_task(scaler.run(), name="scaler")
    try:
        yield scaler
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await scaler.stop(plan.worker.drain + 5.0)


def _loads(lanes: Mapping[str, Mapping[str, Any]]) -> dict[str, Load]:
    """What the lanes of each queue hold, all priorities together; a paused lane counts as empty.

    >>> lane = {"config": {"filter_subject": "task.q.low.>"}, "num_pending": 9, "num_ack_pending": 2}
    >>> _loads({"q_low": lane})
    {'q': Load(pending=9, held=2)}
    """
    found: dict[str, Load] = defaultdict(lambda: Load(0, 0))
    for lane in lanes.values():
        parts = str(lane["config"].get("filter_subject", "")).split(".")
        if parts[0] == "task" and len(parts) == 4 and not lane.get("paused"):
            known = found[parts[1]]
            found[parts[1]] = Load(known.pending + lane["num_pending"], known.held + lane["num_ack_pending"])
    return dict(found)
