"""Looks, compares with what was told last, and tells what changed."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.status.depths import Depth, Depths
from analytics.status.news import News, heard
from analytics.status.registered import Moment, Registered
from analytics.status.rules import STALLED, Recent, Seen, Whole, overview, queue_status
from analytics.status.tally import Tally
from analytics.store import Position, Store
from subjects import channels, codec, errors, names, streams
from subjects.bus import Bus
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, Overview, QueueStatus, WorkerInfo

log = structlog.get_logger()

CLUSTER = "cluster"
GAP = 0.25
"""Seconds between two looks at least, however much changes."""
SHARE = 0.01
"""How much of the time the questions about the last minutes may take."""
LATEST = 2.0
"""Seconds after which they are asked again however long they took: one slow answer must not hide the next."""
SELDOM = 5.0
"""Seconds between two looks at what changes seldom: which functions there are, and a past that only ages."""


class Announcer:
    """Publishes a status for each queue, and one for the whole, for as long as `run` is awaited."""

    def __init__(self, bus: Bus, store: Store, settings: AnalyticsSettings) -> None:
        self._bus = bus
        self._store = store
        self._settings = settings
        self._catalog = catalog.load()
        self._workers = Bucket(bus, "workers", WorkerInfo)
        self._functions = Bucket(bus, "functions", FunctionInfo)
        self._depths = Depths(bus)
        self._queues: set[str] = set()
        self._names: frozenset[str] = frozenset()
        self._registered = Registered(bus, store, settings.status_repeat)
        self._recent: dict[str, Recent] = {}
        self._whole = Whole()
        self._due: dict[str, float] = {}
        self._stalled: dict[str, tuple[float, float]] = {}
        self._told: dict[str, tuple[bytes, float]] = {}
        self._changed = asyncio.Event()
        self._news = News(bus, self._changed.set)
        self._asked: Position | None = None
        self._turned = asyncio.Event()
        self._tally = Tally(self._turned.set)

    async def run(self) -> None:
        """Look once a second, and at once when something happens that may change a status."""
        subscriptions = [
            await self._workers.on_change(self._changed.set),
            await self._functions.on_change(self._on_function),
        ]
        self._store.appended.append(self._tally.take)
        try:
            async with heard(self._bus, self._changed.set) as self._news:
                await self._keep_looking()
        finally:
            self._store.appended.remove(self._tally.take)
            for subscription in subscriptions:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    async def _keep_looking(self) -> None:
        told = ""
        while True:
            try:
                await self._look()
                told = ""
            except errors.RevoError as error:
                if told != error.message:
                    log.warning("status delayed", error=error.message)
                told = error.message
            await self._rest()

    async def _rest(self) -> None:
        """Until the clock or a change says so; what makes or mends an error does not wait for the gap."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GAP):
                await self._turned.wait()
                return
        turned = asyncio.ensure_future(self._turned.wait())
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait(
                (turned, changed), timeout=self._patience(), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            turned.cancel()
            changed.cancel()

    def _patience(self) -> float:
        """Seconds until the next look, which comes at once when work has waited for too long."""
        now = asyncio.get_running_loop().time()
        due = [since + STALLED - now for since, _ in self._stalled.values() if since + STALLED > now]
        return min([self._settings.status_every, *(own + 0.01 for own in due)])

    def _on_function(self) -> None:
        self._due.pop("functions", None)
        self._changed.set()

    async def _look(self) -> None:
        self._changed.clear()
        self._turned.clear()
        # From here on, so that nothing between this look and the next one is missed.
        await self._news.wait_for_work()
        workers = {id: own for id, own in (await self._workers.all()).items() if self._news.alive(own)}
        await self._depths.look()
        await self._depths.look_at_dead_letters()
        if self._is_due("functions", SELDOM):
            self._names = frozenset(await self._functions.all())
            self._queues = {name.partition(".")[0] for name in self._names}
        await self._tell_all(workers)
        reached = self._store.reached.get(streams.STREAM_RESULTS)
        if self._tally.turned or (
            self._is_due("recent", 0.0) and (reached != self._asked or self._is_due("quiet", SELDOM))
        ):
            # Only now: what is seen is told before DuckDB has thought about the past.
            self._asked = reached
            await self._ask()
            await self._tell_all(workers)

    async def _tell_all(self, workers: Mapping[str, WorkerInfo]) -> None:
        whole = msgspec.structs.replace(
            self._whole,
            workers=len(workers),
            unclaimed=self._depths.unclaimed,
            dead_letters=self._depths.dead_letters,
        )
        known = sorted(self._queues | set(self._depths.lanes))
        queues = [self._seen(queue, workers) for queue in known]
        now = codec.now()
        for seen in queues:
            kind = "engine_status" if seen.queue in channels.ENGINES else "agent_status"
            await self._tell(
                names.metric(seen.queue, kind), queue_status(seen, now), queue_status(seen, _NEVER)
            )
        cluster = names.metric(CLUSTER, "overview")
        await self._tell(cluster, overview(whole, queues, now), overview(whole, queues, _NEVER))
        await self._registered.tell(Moment(self._names, workers, {seen.queue: seen for seen in queues}, now))

    def _seen(self, queue: str, workers: Mapping[str, WorkerInfo]) -> Seen:
        depth = self._depths.lanes.get(queue, Depth())
        serving = [worker for worker in workers.values() if _serves(worker, queue)]
        current = tuple(held.id for worker in serving for held in worker.held if _is_of(held.function, queue))
        seen = Seen(
            queue=queue,
            workers=len(serving),
            queued=depth.queued,
            running=max(depth.taken, len(current)),
            current=current,
            paused=depth.paused,
            recent=self._recent.get(queue, Recent()),
        )
        return msgspec.structs.replace(seen, stalled=self._stalled_for(seen))

    def _stalled_for(self, seen: Seen) -> float:
        now, done = asyncio.get_running_loop().time(), seen.recent.throughput
        if not seen.queued or not seen.workers or seen.running:
            self._stalled.pop(seen.queue, None)
            return 0.0
        since, before = self._stalled.get(seen.queue, (now, done))
        if done > before:
            since = now
        self._stalled[seen.queue] = (since, done)
        return now - since

    async def _ask(self) -> None:
        """Ask DuckDB how the last minutes went, the more seldom the longer that takes."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._tally.asking()
        self._recent = {row["queue"]: _recent(row) for row in await self._rows("recent_queues")}
        own = await self._rows("recent_agents", {"registered": 1})
        self._registered.recent = {row["agent"]: _recent(row) for row in own}
        [row] = await self._rows("overview")
        self._whole = Whole(
            throughput=round(row["throughput"], 2),
            error_rate=_rounded(row["error_rate"]),
            judged=row["hour_finished"],
        )
        self._tally.learn(self._recent, self._registered.recent, self._whole)
        ended = loop.time()
        self._due["recent"] = ended + max(self._settings.status_every, min((ended - started) / SHARE, LATEST))

    async def _rows(self, name: str, given: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        query = self._catalog.find(name)
        table = await self._store.query(query.sql, query.bind(given or {}))
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    async def _tell(
        self, subject: str, status: QueueStatus | Overview, timeless: QueueStatus | Overview
    ) -> None:
        now = asyncio.get_running_loop().time()
        content = codec.encode(timeless)
        before, at = self._told.get(subject, (b"", 0.0))
        if content != before or now - at >= self._settings.status_repeat:
            self._told[subject] = (content, now)
            await self._bus.post(subject, codec.encode(status))

    def _is_due(self, what: str, every: float) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True


_NEVER = codec.from_ns(0)


def _recent(row: Mapping[str, Any]) -> Recent:
    return Recent(
        judged=row["judged"],
        success_rate=_rounded(row["success_rate"]),
        response_ms=_rounded(row["response_ms"]),
        response_p95_ms=_rounded(row["response_p95_ms"]),
        throughput=round(row["throughput"], 2),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _serves(worker: WorkerInfo, queue: str) -> bool:
    return any(_is_of(name, queue) for name in worker.functions)


def _is_of(function: str, queue: str) -> bool:
    return function.partition(".")[0] == queue
