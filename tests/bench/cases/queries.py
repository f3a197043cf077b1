"""What pages ask of a long history, beside a bare read of the rollups: a million tasks over 30 days.

`REVO_BENCH_TASKS=10000000` makes the history ten times as long; making it is not measured.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics import catalog
from analytics.insight import Insight
from analytics.rollups import Rollups
from analytics.settings import AnalyticsSettings
from analytics.store import Store
from tests.bench.children import place
from tests.bench.figures import Goal, Row, Scale, percentile, sample
from tests.bench.history import History, fill

DAYS = 30.0
BARE = "SELECT bin, sum(tasks) FROM task_times WHERE span = 'hour' AND kind = 'all' GROUP BY bin"
DAY: Mapping[str, Any] = {"hours": 24}
WEEK: Mapping[str, Any] = {"hours": 168}
ASKED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("windows", {}),
    ("series", {}),
    ("series", DAY),
    ("series", WEEK),
    ("queues", {}),
    ("functions", {}),
    ("functions", WEEK),
    ("workers", {}),
    ("agents", {}),
    ("callers", {}),
    ("trends", {}),
    ("failures", {}),
    ("overview", {}),
    ("monitoring_metrics", {}),
    ("monitoring_window", {}),
    ("monitoring_window", DAY),
    ("monitoring_window", WEEK),
    ("throughput", {}),
    ("latency", {}),
    ("recent_queues", {}),
    ("recent_agents", {}),
    ("tasks", {}),
    ("task_histogram", {}),
    ("slowest", {}),
    ("models", {}),
    ("costs", {}),
    ("host_series", {}),
    ("host_series", WEEK),
    ("coordination", {}),
)


async def run(scale: Scale) -> list[Row]:
    """Milliseconds from a question to its rows, p50 and p95 of so many turns."""
    tasks = int(os.environ.get("REVO_BENCH_TASKS", "0")) or scale.of(1_000_000, 50_000)
    now = datetime.now(UTC)
    with place() as state:
        settings = AnalyticsSettings(file=Path(state) / "a.duckdb", batch=50_000)
        await fill(settings, History(tasks, DAYS, now))
        async with Store.open(settings) as store:
            rollups = Rollups(store)
            while await rollups.once(now):
                pass
            known = catalog.load()
            turns = scale.of(60, 10)
            bare: list[float] = []
            insight: list[float] = []
            took: dict[int, list[float]] = {}
            # Turn by turn, so that a neighbour's noise hits all alike.
            for _ in range(turns):
                bare.append(await _timed(store, BARE, {}))
                for number, (name, given) in enumerate(ASKED):
                    query = known.find(name)
                    took.setdefault(number, []).append(await _timed(store, query.sql, query.bind(given, now)))
                insight.append(await _insight(store))
    rows = []
    for number, (name, given) in enumerate(ASKED):
        what = " ".join((name, *(f"{key}={value:g}" for key, value in given.items())))
        p50, p95 = (sample([percentile(took[number], percent)]) for percent in (50, 95))
        rows.append(
            Row("queries", f"{what} at {tasks:,} tasks, p50", "ms", p50, "bare read of hours", sample(bare))
        )
        rows.append(Row("queries", f"{what}, p95", "ms", p95, goal=Goal("value", "at most", 50.0)))
    p50, p95 = (sample([percentile(insight, percent)]) for percent in (50, 95))
    rows.append(Row("queries", f"agent_insight hours=168 at {tasks:,} tasks, p50", "ms", p50))
    rows.append(
        Row("queries", "agent_insight hours=168, p95", "ms", p95, goal=Goal("value", "at most", 100.0))
    )
    return rows


async def _insight(store: Store) -> float:
    began = time.perf_counter()
    await Insight(store).answer({"hours": 168.0, "agent": None, "limit": 100})
    return (time.perf_counter() - began) * 1000


async def _timed(store: Store, sql: str, values: Mapping[str, Any]) -> float:
    began = time.perf_counter()
    await store.query(sql, values)
    return (time.perf_counter() - began) * 1000
