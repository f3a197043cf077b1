"""Makes a file of analytics with a long history in it, through the store's own append, and says its cost.

    $ python -m tests.bench.history --tasks 1000000 --days 30 --file /tmp/history.duckdb

Made up, and the same for the same seed and end: see `tests.bench.past` for who runs what. Days have nights,
weekends are quieter, failures have causes, there are retries, logs, the load of hosts, and requests to models
with and without a known price.
"""

import argparse
import asyncio
import math
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from analytics.rows.events import EventRow
from analytics.rows.metrics import CallRow, SystemRow
from analytics.rows.results import TaskRow
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec
from tests.bench.past import AGENTS, CAUSES, HOSTS, KINDS, MODELS, TENANTS, WORKERS, Kind

HOUR = 3600


class History:
    """A made-up past of so many tasks over so many days, batch by batch."""

    def __init__(self, tasks: int, days: float, end: datetime, seed: int = 4) -> None:
        self._random = random.Random(seed)
        self._tasks = tasks
        self._begin = end - timedelta(days=days)
        self._hours = max(1, round(days * 24))
        self._sequences = {"RESULTS": 0, "EVENTS": 0, "METRICS": 0}
        self._weights = [kind.share for kind in KINDS]

    def batches(self, size: int) -> Iterator[Batch]:
        """Batches as the readers of the streams make them, in the order of time."""
        tasks: dict[str | int, bytes] = {}
        events: dict[str | int, bytes] = {}
        calls: dict[str | int, bytes] = {}
        loads: dict[str | int, bytes] = {}
        for hour, count in enumerate(self._counts()):
            start = self._begin + timedelta(hours=hour)
            loads.update(self._loads(start))
            if len(loads) >= size:
                yield self._batch("METRICS", {"system_metrics": dict(loads)}, start)
                loads.clear()
            moments = sorted(self._random.random() * HOUR for _ in range(count))
            for moment in moments:
                at = start + timedelta(seconds=moment)
                self._task(at, tasks, events, calls)
                if len(tasks) >= size:
                    yield from self._flush(tasks, events, calls, at)
        yield self._batch("METRICS", {"system_metrics": loads}, start)
        yield from self._flush(tasks, events, calls, start)

    def _flush(
        self,
        tasks: dict[str | int, bytes],
        events: dict[str | int, bytes],
        calls: dict[str | int, bytes],
        at: datetime,
    ) -> Iterator[Batch]:
        for stream, table, lines in (
            ("RESULTS", "tasks", tasks),
            ("EVENTS", "events", events),
            ("METRICS", "model_calls", calls),
        ):
            if lines:
                yield self._batch(stream, {table: dict(lines)}, at)
                lines.clear()

    def _batch(self, stream: str, lines: dict[str, dict[str | int, bytes]], at: datetime) -> Batch:
        return Batch(lines, Position(stream, "made", self._sequences[stream], at))

    def _counts(self) -> list[int]:
        """Tasks of each hour: most at noon, a fifth of it at night, half of it on Saturday and Sunday."""
        weights = []
        for hour in range(self._hours):
            at = self._begin + timedelta(hours=hour)
            day = 0.6 - 0.4 * math.cos(2 * math.pi * at.hour / 24)
            weights.append(day * (0.5 if at.weekday() >= 5 else 1.0))
        whole = sum(weights)
        edges = [0.0]
        for weight in weights:
            edges.append(edges[-1] + weight)
        return [
            round(self._tasks * edges[at + 1] / whole) - round(self._tasks * edges[at] / whole)
            for at in range(self._hours)
        ]

    def _next(self, stream: str) -> int:
        self._sequences[stream] += 1
        return self._sequences[stream]

    def _task(
        self,
        at: datetime,
        tasks: dict[str | int, bytes],
        events: dict[str | int, bytes],
        calls: dict[str | int, bytes],
    ) -> None:
        draw = self._random
        [kind] = draw.choices(KINDS, self._weights)
        worker = draw.randrange(len(WORKERS))
        size = int(draw.lognormvariate(6, 1.5))
        queued = draw.expovariate(1 / 40.0) * (8 if draw.random() < 0.02 else 1)
        ran = draw.lognormvariate(math.log(kind.ms), 0.6) * (1 + min(size, 200_000) / 100_000)
        fails = kind.fails * (2.0 if worker % 4 == 0 else 1.0)
        attempts = 1
        while attempts < 3 and draw.random() < fails:
            attempts += 1
        failed = draw.random() < fails
        state = "failed" if failed else "canceled" if draw.random() < 0.003 else "completed"
        finished, started = at, at - timedelta(milliseconds=ran)
        submitted = started - timedelta(milliseconds=queued)
        id = _id(submitted, draw)
        agent, tenant = draw.choice(AGENTS), draw.choice(TENANTS)
        [cause] = draw.choices(CAUSES, (4, 5, 2, 1, 3)) if failed or attempts > 1 else [(None, None)]
        used = (
            self._call(id, kind, worker, agent, at, calls) if kind.model else (None, None, None, None, None)
        )
        tasks[id] = codec.encode(
            TaskRow(
                id,
                kind.queue,
                kind.function,
                state,
                draw.choice(("medium", "medium", "medium", "high", "low", "critical")),
                attempts,
                WORKERS[worker],
                submitted,
                started,
                finished,
                queued,
                ran,
                queued + ran,
                cause[0] if failed else None,
                cause[1] if failed else None,
                None,
                "nightly-scan" if tenant == "nightly" else None,
                agent,
                tenant,
                None,
                None,
                None,
                failed or None,
                size,
                None if failed else int(draw.lognormvariate(7, 1)),
                *used,
                self._next("RESULTS"),
            )
        )
        for attempt in range(1, attempts):
            self._event(id, kind, "retry", attempt, started, events, agent, error=cause)
        if draw.random() < 0.3:
            self._event(id, kind, "log", attempts, started, events, agent, message="read 42 files")

    def _event(
        self,
        id: str,
        kind: Kind,
        what: str,
        attempt: int,
        at: datetime,
        events: dict[str | int, bytes],
        agent: str | None,
        error: tuple[str | None, str | None] = (None, None),
        message: str | None = None,
    ) -> None:
        sequence = self._next("EVENTS")
        retry, log = what == "retry", what == "log"
        events[sequence] = codec.encode(
            EventRow(
                id,
                kind.queue,
                kind.function,
                what,
                attempt,
                at,
                None,
                None,
                "info" if log else None,
                message,
                {} if log else None,
                attempt + 1 if retry else None,
                1.0 if retry else None,
                *error,
                agent,
                sequence,
            )
        )

    def _call(
        self, id: str, kind: Kind, worker: int, agent: str | None, at: datetime, calls: dict[str | int, bytes]
    ) -> tuple[int, int, int, float, float | None]:
        draw = self._random
        [model] = draw.choices(MODELS, (5, 3, 1))
        provider, name, local, price = model
        taken, given = int(draw.lognormvariate(6.5, 0.8)), int(draw.lognormvariate(5, 0.7))
        ms = kind.ms * draw.uniform(0.4, 0.9)
        usd = None if price is None else price * (taken + 3 * given)
        outcome = draw.choices(("ok", "timeout", "rate_limited"), (95, 3, 2))[0]
        sequence = self._next("METRICS")
        calls[sequence] = codec.encode(
            CallRow(
                id,
                f"{kind.queue}.{kind.function}",
                agent or kind.queue,
                1,
                WORKERS[worker],
                provider,
                name,
                "chat",
                local,
                outcome,
                taken,
                given,
                0,
                usd,
                ms,
                estimated=False,
                called_at=at,
                stream_seq=sequence,
            )
        )
        return 1, taken, given, ms, usd

    def _loads(self, start: datetime) -> Iterator[tuple[int, bytes]]:
        """Each host's load once a minute of an hour."""
        draw = self._random
        for minute in range(60):
            at = start + timedelta(minutes=minute)
            for host in HOSTS:
                sequence = self._next("METRICS")
                cpu, memory = draw.uniform(5, 90), draw.uniform(30, 60)
                row = SystemRow(host, at, cpu, memory, 40.0, sequence, sequence, [cpu / 50], {}, sequence)
                yield sequence, codec.encode(row)


def _id(at: datetime, draw: random.Random) -> str:
    """A UUIDv7 of a moment."""
    number = (int(at.timestamp() * 1000) << 80) | (7 << 76) | (draw.getrandbits(12) << 64)
    text = f"{number | (2 << 62) | draw.getrandbits(62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


async def fill(settings: AnalyticsSettings, history: History) -> float:
    """Write a history into a file; the seconds that DuckDB took of it."""
    took = 0.0
    async with Store.open(settings) as store:
        for batch in history.batches(settings.batch):
            begun = time.perf_counter()
            await store.append(batch)
            took += time.perf_counter() - begun
    return took


async def _main(given: argparse.Namespace) -> None:
    end = datetime.now(UTC) if given.end is None else datetime.fromisoformat(given.end)
    settings = AnalyticsSettings(file=given.file, batch=50_000)
    begun = time.perf_counter()
    took = await fill(settings, History(given.tasks, given.days, end, given.seed))
    whole = time.perf_counter() - begun
    print(f"{given.tasks:,} tasks over {given.days:g} days in {given.file}")
    print(f"file          {given.file.stat().st_size / (1 << 20):10,.1f} MiB")
    print(f"made in       {whole:10,.1f} s, of which DuckDB {took:,.1f} s")
    begun = time.perf_counter()
    async with Store.open(settings) as store:
        print(f"opened in     {(time.perf_counter() - begun) * 1000:10,.1f} ms")
        for table in ("tasks", "events", "model_calls", "system_metrics"):
            rows = (await store.query(f"SELECT count(*) FROM {table}")).rows[0][0]
            print(f"{table:13} {rows:10,} rows")
        begun = time.perf_counter()
        await store.query(
            "SELECT queue, function, count(*), quantile_cont(run_ms, 0.95) FROM tasks GROUP BY ALL"
        )
        print(f"p95 of all    {(time.perf_counter() - begun) * 1000:10,.1f} ms")
    print(f"memory        {psutil.Process().memory_info().rss / (1 << 20):10,.1f} MiB resident now")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--end", metavar="TIME", help="when the history ends; now without")
    asyncio.run(_main(parser.parse_args()))
