"""Rollups agree with their rows, whatever came when: figures to the row, percentiles to 2.5 %."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from analytics import catalog
from analytics.rollups import Rollups
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Statement, Store
from subjects import codec

NOW = datetime(2030, 1, 31, 12, 34, 56, 789_000)  # noqa: DTZ001 - as DuckDB has it
HOURS = (0.01, 1.0, 6.0, 24.0, 168.0, 720.0)
NAMES = {
    "all": ("''", "'all'"),
    "queue": ("''", "queue"),
    "function": ("queue", "function"),
    "agent": ("''", "agent"),
    "worker": ("''", "worker"),
    "caller": ("''", "tenant"),
}
FIGURES = """
    sum(tasks), sum(completed), sum(failed), sum(rejected), sum(canceled), sum(attempts), sum(retried),
    sum(started), sum(queue_ms), sum(run_ms), sum(total_ms), sum(model_calls), sum(input_tokens),
    sum(output_tokens), sum(usd), sum(unpriced), max(latest_at)
"""
PLAIN = """
    count(*), count(*) FILTER (state = 'completed'), count(*) FILTER (state = 'failed'),
    count(*) FILTER (state = 'rejected'), count(*) FILTER (state = 'canceled'), sum(attempts),
    count(*) FILTER (attempts > 1), count(run_ms), sum(queue_ms), sum(run_ms), sum(total_ms),
    coalesce(sum(model_calls), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(usd), 0), count(*) FILTER (model_calls > 0 AND usd IS NULL), max(finished_at)
"""


@pytest.fixture
def settings(tmp_path):
    return AnalyticsSettings(file=tmp_path / "a.duckdb")


def task(draw, number, finished_at):
    """A row of `tasks`, with values from nothing to huge."""
    state = draw.choice(("completed", "completed", "completed", "failed", "rejected", "canceled"))
    ran = None if state == "rejected" else draw.choice((0.0, draw.expovariate(0.01), draw.uniform(0, 1e9)))
    queued = None if ran is None else draw.choice((-3.0, 0.0005, draw.expovariate(0.1), 1e12))
    asked = draw.random() < 0.3
    return {
        "id": f"t-{number}",
        "queue": draw.choice(("text", "security")),
        "function": draw.choice(("a", "b", "c")),
        "state": state,
        "priority": "medium",
        "attempts": draw.choice((0, 1, 1, 3)),
        "worker": draw.choice((None, "w-1", "w-2")),
        "submitted_at": finished_at,
        "started_at": None,
        "finished_at": finished_at,
        "queue_ms": queued,
        "run_ms": ran,
        "total_ms": (queued or 0.0) + (ran or 1.0),
        "agent": draw.choice((None, "one")),
        "tenant": draw.choice((None, "ci", "ann")),
        "model_calls": 2 if asked else None,
        "input_tokens": 10**12 if asked else None,
        "output_tokens": 7 if asked else None,
        "usd": draw.choice((None, 0.25)) if asked else None,
        "stream_seq": number,
    }


async def write(store, *tasks):
    lines = {each["id"]: codec.encode(each) for each in tasks}
    await store.append(Batch({"tasks": lines}, Position("RESULTS", "e", tasks[-1]["stream_seq"])))


async def agree(store, now, kind, hours):
    """Compare the window's figures and percentiles with those of plain SQL over the rows."""
    queue, name = NAMES[kind]
    values = {"now": now, "hours": hours}
    rows = (
        f"SELECT *, {queue} AS by_queue, {name} AS by_name FROM tasks "
        "WHERE finished_at >= window_start($now, $hours) AND finished_at < $now AND by_name IS NOT NULL"
    )
    window = f"'{kind}', $pieces, $earliest, $loose"
    window_values = {"pieces": [catalog.Period("now", catalog.window_start(now, hours), now)]}
    plain = await store.query(
        f"SELECT by_queue, by_name, {PLAIN} FROM ({rows}) GROUP BY ALL ORDER BY ALL",
        values,
    )
    found = await store.query(
        f"SELECT queue, name, {FIGURES} FROM task_figures({window}) GROUP BY ALL ORDER BY ALL",
        window_values,
    )
    assert len(found.rows) == len(plain.rows)
    for own, exact in zip(found.rows, plain.rows, strict=True):
        assert [*own[:10], own[-1]] == [*exact[:10], exact[-1]]
        assert own[10:-1] == pytest.approx(exact[10:-1])
    exact = await store.query(
        "SELECT by_queue, by_name, "
        "quantile_cont(greatest(total_ms, 0), [0.5, 0.95, 0.99]) FILTER (state = 'completed'), "
        "quantile_cont(CASE WHEN queue_ms < 0 THEN 0 ELSE queue_ms END, [0.5, 0.95, 0.99]), "
        "quantile_cont(run_ms, [0.5, 0.95, 0.99]) "
        f"FROM ({rows}) GROUP BY ALL ORDER BY ALL",
        values,
    )
    percentiles = f"SELECT * EXCLUDE (period) FROM task_quantiles({window}) ORDER BY ALL"
    told = await store.query(percentiles, window_values)
    close = {tuple(row[:2]): row[2:] for row in told.rows}
    for by_queue, by_name, *measures in exact.rows:
        wanted = [value for each in measures for value in (each or [None] * 3)]
        own = close.get((by_queue, by_name), [None] * 9)
        for near, true in zip(own, wanted, strict=True):
            assert (near is None) == (true is None)
            assert near is None or near == pytest.approx(true, rel=0.0251, abs=0.0011)


@pytest.mark.parametrize("seed", range(3))
async def test_figures_are_those_of_the_rows_whatever_came_when(settings, seed):
    draw = random.Random(seed)
    now, number = NOW, 0
    async with Store.open(settings) as store:
        rollups = Rollups(store)
        for _ in range(4):
            batch = []
            for _ in range(draw.choice((1, 40, 150))):
                number += 1
                # Of now, late by hours and days, on a window's very edge, and of the future.
                back = draw.choice((0, 30, 90, 3600, 7200, 86_400, 604_800, 2_592_000, -45, -7200))
                moment = now - timedelta(seconds=back + draw.choice((0, draw.uniform(0, 200))))
                # Some take the place of a row at another time.
                batch.append(task(draw, draw.choice((number, draw.randint(1, number))), moment))
            await write(store, *batch)
            for _ in range(2):
                await agree(store, now, draw.choice(list(NAMES)), draw.choice(HOURS))
            if draw.random() < 0.8:
                await rollups.once(now)
            for _ in range(2):
                await agree(store, now, draw.choice(list(NAMES)), draw.choice(HOURS))
            now += timedelta(seconds=draw.choice((1, 70, 4000, 100_000)))
    # A file that is opened again knows what is still to fold.
    async with Store.open(settings) as store:
        await agree(store, now, "function", 720.0)
        await Rollups(store).once(now)
        await agree(store, now, "function", 720.0)
        [[kept]] = (await store.query("SELECT count(DISTINCT starts_at) FROM task_counts")).rows
        assert kept > 0


@pytest.mark.parametrize(("hours", "steps"), [(24, 60), (24, 24), (168, 60), (720, 60)])
async def test_no_step_of_a_chart_holds_what_is_of_another(settings, hours, steps):
    draw = random.Random(hours)
    tasks = [
        task(draw, number, NOW - timedelta(seconds=draw.uniform(0, hours * 3600))) for number in range(80)
    ]
    async with Store.open(settings) as store:
        await write(store, *tasks)
        await Rollups(store).once(NOW)
        told = await ask(store, "series", hours=hours, steps=steps)
        unit = 60 if hours <= 24 else 3600 if hours <= 192 else 86_400
        length = max(-(-hours * 3600 // steps // unit) * unit, unit)
        exact = await store.query(
            "SELECT time_bucket(to_seconds($length), finished_at) AS step, count(*), "
            "count(*) FILTER (state IN ('failed', 'rejected')) FROM tasks "
            "WHERE finished_at >= window_start($now, $hours) AND finished_at < $now "
            "GROUP BY step ORDER BY step",
            {"length": length, "now": NOW, "hours": hours},
        )
        assert [[row["starts_at"], row["finished"], row["errors"]] for row in told] == exact.rows


async def test_an_empty_table_and_a_single_row(settings):
    async with Store.open(settings) as store:
        for kind in NAMES:
            await agree(store, NOW, kind, 24.0)
        await write(store, task(random.Random(1), 1, NOW - timedelta(hours=3)))
        await Rollups(store).once(NOW)
        for hours in HOURS:
            await agree(store, NOW, "all", hours)


async def test_rollups_outlive_their_rows_and_late_rows_do_not_change_them(settings):
    draw = random.Random(7)
    day = NOW - timedelta(days=20)
    sums = "SELECT sum(tasks), sum(attempts) FROM task_figures('all', $pieces, $earliest, $loose)"
    month = {"pieces": [catalog.Period("now", catalog.window_start(NOW, 720.0), NOW)]}
    async with Store.open(settings) as store:
        rollups = Rollups(store)
        await write(store, *(task(draw, number, day + timedelta(minutes=number)) for number in range(50)))
        await rollups.once(NOW)
        before = (await store.query(sums, month)).rows
        seal = "UPDATE rollup_marks SET rows_since = $day WHERE source = 'tasks'"
        await store.execute(
            Statement("DELETE FROM tasks"),
            Statement(seal, {"day": datetime(2030, 1, 13)}),  # noqa: DTZ001
        )
        await write(store, task(draw, 99, day))
        await rollups.once(NOW)
        assert (await store.query(sums, month)).rows == before


async def test_a_bucket_keeps_the_most_frequent_names_and_the_sum_of_the_others(settings):
    draw = random.Random(3)
    tasks = [
        {**task(draw, number, NOW - timedelta(hours=1)), "worker": f"w-{number % 1000}"}
        for number in range(1500)
    ]
    async with Store.open(settings) as store:
        await write(store, *tasks)
        await Rollups(store).once(NOW)
        [[names, whole]] = (
            await store.query(
                "SELECT count(DISTINCT name), sum(tasks) FROM task_counts "
                "WHERE kind = 'worker' AND span = 'hour'"
            )
        ).rows
        assert (names, whole) == (201, 1500)
        assert (await store.query("SELECT count(*) FROM task_counts WHERE name = '(other)'")).rows == [[3]]


async def ask(store, name, **given):
    query = catalog.load().find(name)
    answer = await store.query(query.sql, query.bind(given, NOW.replace(tzinfo=UTC)))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


async def test_named_queries_tell_what_the_rows_say(settings):
    draw = random.Random(11)
    tasks = []
    for number in range(400):
        bad = number % 4 == 0
        own = {
            **task(draw, number, NOW - timedelta(seconds=1, minutes=number * (1 if number < 200 else 9))),
            "state": "failed" if bad else "completed",
            "error_type": "timeout" if bad else None,
            "error_message": f"host h-{number} at /var/run/{number}/x gave up after {number} s"
            if bad
            else None,
        }
        tasks.append(own)
    async with Store.open(settings) as store:
        await write(store, *tasks)
        await Rollups(store).once(NOW)
        last_day = [each for each in tasks if each["finished_at"] >= NOW - timedelta(hours=24)]
        before = [
            each for each in tasks if each not in last_day and each["finished_at"] >= NOW - timedelta(2)
        ]
        windows = {row["window"]: row for row in await ask(store, "windows")}
        assert [windows[name]["tasks"] for name in ("1h", "24h", "7d")] == [60, len(last_day), 400]
        failed = [each for each in last_day if each["state"] == "failed"]
        assert windows["24h"]["error_rate"] == pytest.approx(100 * len(failed) / len(last_day))
        assert windows["24h"]["throughput"] == pytest.approx(len(last_day) / 1440)
        for name in ("queues", "functions", "series"):
            column = "finished" if name == "series" else "tasks"
            assert sum(row[column] for row in await ask(store, name)) == (
                60 if name == "series" else len(last_day)
            )
        trends = {row["figure"]: row for row in await ask(store, "trends")}
        assert (trends["tasks"]["current"], trends["tasks"]["previous"]) == (len(last_day), len(before))
        assert trends["tasks"]["beyond_noise"] is (
            abs(len(last_day) - len(before)) > 1.96 * (len(last_day) + len(before)) ** 0.5
        )
        assert trends["error_rate"]["beyond_noise"] is False
        # One cause, however many hosts, paths and seconds its messages name.
        [cause] = await ask(store, "failures")
        assert (cause["tasks"], cause["cause"]) == (
            len(failed),
            "host h-<n> at <path> gave up after <n> s",
        )
        assert cause["example"] == failed[0]["id"]
