"""Dollars and loads over time are those of the rows."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec, errors

NOW = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)


def call(number):
    return {
        "task": f"t-{number % 5}",
        "function": "debug.explain",
        "agent": f"a-{number % 30}",
        "attempt": 1,
        "worker": "w-1",
        "provider": "far",
        "model": ("big", "new")[number % 2],
        "kind": "chat",
        "local": False,
        "outcome": "timeout" if number % 10 == 0 else "ok",
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_tokens": 0,
        "usd": None if number % 2 else 0.5,
        "ms": 7.0,
        "estimated": False,
        "called_at": NOW - timedelta(minutes=7 * number + 1),
        "stream_seq": number,
    }


def task(number):
    return {
        "id": f"t-{number}",
        "queue": "debug",
        "function": "explain",
        "state": "completed",
        "priority": "low",
        "attempts": 1,
        "submitted_at": NOW,
        "finished_at": NOW - timedelta(minutes=1),
        "total_ms": 1.0,
        "tenant": "ci" if number else None,
        "stream_seq": number,
    }


def load(number):
    return {
        "host": ("a", "b")[number % 2],
        "measured_at": NOW - timedelta(minutes=number + 1),
        "cpu_usage": float(number % 90),
        "memory_usage": 50.0,
        "disk_usage": 40.0,
        "bytes_sent": 1,
        "bytes_received": 1,
        "load": [0.1],
        "processes": {},
        "stream_seq": number,
    }


async def ask(store, question, **given):
    query = catalog.load().find(question)
    answer = await store.query(query.sql, query.bind(given, NOW))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


async def test_costs_and_loads_over_time_are_those_of_the_rows(tmp_path):
    calls, loads = [call(number) for number in range(200)], [load(number) for number in range(200)]
    lines = {
        "model_calls": {own["stream_seq"]: codec.encode(own) for own in calls},
        "system_metrics": {own["stream_seq"]: codec.encode(own) for own in loads},
        "tasks": {own["id"]: codec.encode(own) for own in map(task, range(5))},
    }
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        await store.append(Batch(lines, Position("METRICS", "e", 200)))
        rows = await ask(store, "costs", hours=24, steps=24)
        steps = defaultdict(list)
        for own in calls:
            steps[own["called_at"].replace(minute=0), f"far/{own['model']}"].append(own)
        assert {(row["starts_at"], row["name"]): row["calls"] for row in rows} == {
            key: len(group) for key, group in steps.items()
        }
        # Nobody knows what the new model costs; no sum hides that.
        assert {row["usd"] is None for row in rows if row["name"] == "far/new"} == {True}
        assert sum(row["usd"] for row in rows if row["name"] == "far/big") == 50.0
        assert sum(row["failed"] for row in rows) == 20
        projects = await ask(store, "costs", by="project", hours=240)
        known = {name: sum(row["calls"] for row in projects if row["name"] == name) for name in ("", "ci")}
        assert known == {"": 40, "ci": 160}
        agents = await ask(store, "costs", by="agent", hours=240)
        assert len({row["name"] for row in agents}) == 21
        assert sum(row["input_tokens"] for row in agents) == 20_000
        assert {row["name"] for row in await ask(store, "costs", by="agent", name="a-7")} == {"a-7"}
        with pytest.raises(errors.RevoError, match="by is model, agent"):
            await ask(store, "costs", by="moon")
        found = {(row["starts_at"], row["host"]): row for row in await ask(store, "host_series", steps=24)}
        for (starts_at, host), row in found.items():
            own = [
                each["cpu_usage"]
                for each in loads
                if each["host"] == host and each["measured_at"].replace(minute=0) == starts_at
            ]
            assert (row["measured"], row["cpu_max"]) == (len(own), max(own))
            assert row["cpu_mean"] == pytest.approx(sum(own) / len(own))
        assert sum(row["measured"] for row in found.values()) == 200
