"""Figures of model calls and of hosts are those of their rows, whatever came when."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from analytics import catalog
from analytics.rollups import Rollups
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Statement, Store
from subjects import codec

NOW = datetime(2030, 1, 31, 12, 34, 56, 789_000)  # noqa: DTZ001 - as DuckDB has it
HOURS = (0.01, 1.0, 24.0, 168.0, 720.0)
BACK = (0, 30, 90, 3600, 7200, 86_400, 604_800, 2_592_000, -45, -7200)
"""Of now, late by hours and days, and of the future."""
BY = "provider, model, agent, function, local, outcome"


@pytest.fixture
async def store(tmp_path):
    async with Store.open(AnalyticsSettings(file=tmp_path / "a.duckdb")) as store:
        yield store


def call(draw, number, called_at):
    return {
        "task": f"t-{number % 7}",
        "function": draw.choice(("text.sum", "debug.explain")),
        "agent": draw.choice(("text", "debug", "ann")),
        "attempt": 1,
        "worker": "w-1",
        "provider": draw.choice(("near", "far")),
        "model": draw.choice(("small", "big")),
        "kind": "chat",
        "local": draw.random() < 0.5,
        "outcome": draw.choice(("ok", "ok", "ok", "timeout", "refused")),
        "input_tokens": draw.choice((0, 100, 10**12)),
        "output_tokens": draw.choice((0, 7)),
        "cached_tokens": 0,
        "usd": draw.choice((None, 0.0, 0.25)),
        "ms": draw.choice((0.0, 1e9, draw.expovariate(0.001))),
        "estimated": False,
        "called_at": called_at,
        "stream_seq": number,
    }


def load(draw, number, measured_at):
    return {
        "host": draw.choice(("a", "b")),
        "measured_at": measured_at,
        "cpu_usage": draw.uniform(0, 100),
        "memory_usage": draw.uniform(0, 100),
        "disk_usage": draw.uniform(0, 100),
        # Sometimes lower than before: the machine started anew.
        "bytes_sent": draw.choice((number * 1000, draw.randint(0, 10**15))),
        "bytes_received": number * 7,
        "load": [],
        "processes": {},
        "stream_seq": number,
    }


def window(source, now, hours):
    return {"pieces": [catalog.Period("now", catalog.window_start(now, hours), now, source)]}


async def calls_agree(store, now, hours):
    values = {"now": now, "hours": hours}
    rows = "model_calls WHERE called_at >= window_start($now, $hours) AND called_at < $now"
    plain = await store.query(
        f"SELECT {BY}, count(*), sum(input_tokens), sum(output_tokens), count(usd), max(called_at), "
        f"coalesce(sum(usd), 0), sum(ms) FROM {rows} GROUP BY ALL ORDER BY ALL",
        values,
    )
    figures = "call_figures($call_pieces, $call_earliest, $call_loose, {whole})"
    sums = (
        f"SELECT {BY}, sum(calls), sum(input_tokens), sum(output_tokens), sum(priced), max(latest_at), "
        f"sum(usd), sum(ms) FROM {figures} GROUP BY ALL ORDER BY ALL"
    )
    for whole in ("false", "true"):
        found = await store.query(sums.format(whole=whole), window("model_calls", now, hours))
        assert len(found.rows) == len(plain.rows)
        for own, exact in zip(found.rows, plain.rows, strict=True):
            assert own[:11] == exact[:11]
            assert own[11:] == pytest.approx(exact[11:])
    told = await ask(store, "models", now, hours=hours)
    exact = await store.query(
        "SELECT provider, model, agent, function, local, "
        "quantile_cont(ms, [0.5, 0.95]) FILTER (outcome = 'ok') "
        f"FROM {rows} GROUP BY ALL",
        values,
    )
    times = {tuple(row[:5]): row[5] for row in exact.rows}
    assert len(told) == len(times)
    for row in told:
        key = (row["provider"], row["model"], row["agent"], row["function"], row["local"])
        for near, true in zip((row["ms_p50"], row["ms_p95"]), times[key] or (None, None), strict=True):
            assert near == (true if true is None else pytest.approx(true, rel=0.0251, abs=0.0011))


async def hosts_agree(store, now, hours):
    since = catalog.window_start(now, hours)
    rows = (
        await store.query(
            "SELECT host, measured_at, bytes_sent, bytes_received, cpu_usage, disk_usage FROM system_metrics "
            "WHERE measured_at >= $since AND measured_at < $now ORDER BY host, measured_at, stream_seq",
            {"since": since, "now": now},
        )
    ).rows
    exact = {}
    for host in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == host]
        near = [(one, two) for one, two in pairwise(own) if two[1] - one[1] <= timedelta(minutes=1)]
        sent, received = (
            sum(two[at] - one[at] if two[at] >= one[at] else two[at] for one, two in near) for at in (2, 3)
        )
        covered = sum((two[1] - one[1]).total_seconds() for one, two in near)
        cpu = sum(row[4] for row in own)
        exact[host] = [len(own), cpu, max(row[5] for row in own), sent, received, covered]
    found = await store.query(
        "SELECT host, sum(measured), sum(cpu_sum), max(disk_max), sum(sent), sum(received), sum(covered) "
        "FROM host_figures($load_pieces, $load_earliest, $load_loose) GROUP BY host",
        window("system_metrics", now, hours),
    )
    assert {row[0]: row[1:] for row in found.rows} == {
        host: pytest.approx(own) for host, own in exact.items()
    }


async def ask(store, name, now, **given):
    query = catalog.load().find(name)
    answer = await store.query(query.sql, query.bind(given, now.replace(tzinfo=codec.now().tzinfo)))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


AGREE = {"model_calls": (call, calls_agree), "system_metrics": (load, hosts_agree)}


@pytest.mark.parametrize("source", AGREE)
async def test_figures_are_those_of_the_rows_whatever_came_when(store, source):
    made, agree = AGREE[source]
    draw = random.Random(5)
    now, number, rollups = NOW, 0, Rollups(store)
    for _ in range(3):
        moments = []
        for _ in range(draw.choice((1, 40))):
            first = now - timedelta(seconds=draw.choice(BACK) + draw.choice((0, draw.uniform(0, 200))))
            # A few in a row, as a host measures; two of one moment among them.
            moments += [first + timedelta(seconds=step) for step in (0, 0, 30, 70, 150)]
        rows = {number + at + 1: made(draw, number + at + 1, moment) for at, moment in enumerate(moments)}
        number += len(rows)
        lines = {key: codec.encode(row) for key, row in rows.items()}
        await store.append(Batch({source: lines}, Position("METRICS", "e", number)))
        await agree(store, now, draw.choice(HOURS))
        await rollups.once(now)
        await agree(store, now, draw.choice(HOURS))
        now += timedelta(seconds=draw.choice((70, 4000, 100_000)))
    for hours in (1.0, 168.0, 720.0):
        await agree(store, now, hours)
    await rollups.once(now + timedelta(days=1))
    assert (await store.query("SELECT * FROM rollup_dirty")).rows == []


async def test_rare_combinations_are_summed_up_and_rollups_outlive_their_rows(store):
    draw = random.Random(3)
    at = NOW - timedelta(hours=30)
    calls = [{**call(draw, number, at), "agent": f"a-{number % 600}"} for number in range(1, 901)]
    lines = {own["stream_seq"]: codec.encode(own) for own in calls}
    await store.append(Batch({"model_calls": lines}, Position("METRICS", "e", 900)))
    await Rollups(store).once(NOW)
    await store.execute(Statement("DELETE FROM model_calls"))
    rows = await ask(store, "costs", NOW, by="agent", hours=168)
    assert sum(row["calls"] for row in rows) == 900
    assert sum(row["input_tokens"] for row in rows) == sum(own["input_tokens"] for own in calls)
    [[kept]] = (
        await store.query(
            "SELECT count(DISTINCT (provider, model, agent, function)) FROM call_counts WHERE span = 'hour'"
        )
    ).rows
    assert kept == 501
