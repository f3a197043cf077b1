"""Figures that nobody tells of: they are looked up now and then, the more seldom the more that costs."""

import asyncio
from collections.abc import Set as AbstractSet

from analytics import catalog
from analytics.alerts.live import ABSENT
from analytics.alerts.series import Feed
from analytics.store import Store
from subjects import errors, names, streams
from subjects.bus import Bus, Records
from subjects.client import statuses
from subjects.kv import Bucket
from subjects.messages import WorkerInfo

ENOUGH = 10
"""Tasks of the window below which nothing is said of them."""
WINDOW = 45.0
"""Seconds that outcomes count: what went wrong has to be over within a minute, the look included."""
SHARE = 0.01
"""Part of the time that the question about outcomes may take."""
FIRST = 1.0
"""Seconds until the first question about outcomes."""
EVERY = 5.0
"""Seconds between two looks at queues and workers."""

OUTCOMES = ("response_ms", "error_rate", "dead_letters")
WORKER = "worker"
"""The expression of an absence that means: no worker of this host is alive."""


class Looks:
    """Looks where a rule needs it, and notes what it finds."""

    def __init__(self, bus: Bus, store: Store, feed: Feed) -> None:
        self._bus = bus
        self._store = store
        self._feed = feed
        self._query = catalog.load().find("recent_outcomes")
        self._workers = Bucket(bus, "workers", WorkerInfo)
        self._due: dict[str, float] = {}

    async def look(self, wanted: AbstractSet[str]) -> None:
        """Look once, at what is due of the figures that are wanted."""
        now = asyncio.get_running_loop().time()
        # A file that was just opened answers slowly: whoever tells statuses asks it first.
        if wanted & set(OUTCOMES) and now >= self._due.setdefault("outcomes", now + FIRST):
            await self._look_at_outcomes()
            took = asyncio.get_running_loop().time() - now
            self._due["outcomes"] = now + max(1.0, took / SHARE)
        if "queue_age" in wanted and now >= self._due.get("queues", 0.0):
            self._due["queues"] = now + EVERY
            await self._look_at_queues()
        if ABSENT + WORKER in wanted and now >= self._due.get("workers", 0.0):
            self._due["workers"] = now + EVERY
            for host in {own.host for own in (await self._workers.all()).values()}:
                self._feed.note(ABSENT + WORKER, host, 0.0, asyncio.get_running_loop().time())

    async def _look_at_outcomes(self) -> None:
        table = await self._store.query(self._query.sql, self._query.bind({"minutes": WINDOW / 60}))
        row = dict(zip(table.columns, table.rows[0], strict=True))
        now = asyncio.get_running_loop().time()
        self._feed.note("dead_letters", "", float(row["dead_letters"]), now)
        for figure, count in (("error_rate", row["judged"]), ("response_ms", row["completed"])):
            if count >= ENOUGH:
                self._feed.note(figure, "", row[figure], now)
            else:
                self._feed.drop(figure, "")

    async def _look_at_queues(self) -> None:
        tasks = Records(self._bus, streams.STREAM_TASKS)
        oldest: dict[str, float] = {}
        # By the clock that stamped the message: ours may have jumped, and every queue would ring.
        wall = await tasks.clock()
        for (queue, priority), lane in (await statuses.depths(self._bus)).items():
            age = 0.0
            if lane.queued and not lane.paused:
                try:
                    first = await tasks.next(names.lane(queue, priority), lane.delivered + 1)
                except errors.Unavailable:
                    continue
                age = 0.0 if first is None else max(0.0, (wall - first.stored_at).total_seconds())
            oldest[queue] = max(oldest.get(queue, 0.0), age)
        now = asyncio.get_running_loop().time()
        for queue, age in oldest.items():
            self._feed.note("queue_age", queue, age, now)
