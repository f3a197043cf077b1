"""Clocks that jump, and events that lie about the time: nothing goes too early, nobody is alarmed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Raw, json, structs

from analytics import service
from analytics.clock import Clock
from analytics.retention import Retention
from analytics.rollups import Rollups
from subjects import codec, names, streams
from subjects.alerts import Alert, Rule
from subjects.bus import Records
from subjects.client import alerts
from subjects.messages import Network, Submission, SystemMetrics

ROLLED = ("task_counts", "task_times", "call_counts", "call_times")
PAGES = (
    "windows",
    "series",
    "queues",
    "functions",
    "trends",
    "failures",
    "tasks",
    "task_histogram",
    "overview",
)


@pytest.fixture
def jump(monkeypatch):
    """Sets the clock of everything but the server; called again, by so much off the right time."""

    def by(ahead):
        monkeypatch.setattr(codec, "now", lambda: datetime.now(UTC) + ahead)

    return by


async def rows(store, *tables):
    return {name: (await store.query(f"FROM {name} ORDER BY ALL")).rows for name in tables}


async def rung(bus):
    records = await Records(bus, "METRICS").range("metric.*.system_alert", 1)
    return [codec.decode(record.data, json.Decoder(Alert)) for record in records]


async def folded(store):
    """Returns when all minutes that are over are in the rollups."""
    waiting = "SELECT count(*) FROM rollup_dirty WHERE minute < now()::TIMESTAMP - INTERVAL 2 MINUTE"
    async with asyncio.timeout(15):
        while (await store.query(waiting)).rows != [[0]]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


async def test_a_clock_that_jumps_takes_nothing_out_and_rings_nothing(
    bus, client, settings, publish, made, caught_up, jump, monkeypatch
):
    monkeypatch.setattr("analytics.alerts.looks.EVERY", 0.1)
    now = datetime.now(UTC)
    settings = structs.replace(settings, keep_tasks=30)
    old = [made(n, submitted_at=now - timedelta(days=n % 29 + 1)) for n in range(58)]
    await publish(*old)
    lane = {"stream_name": streams.STREAM_TASKS, "config": streams.lane_config("text", "medium")}
    await bus.api(f"CONSUMER.CREATE.{streams.STREAM_TASKS}.{lane['config']['durable_name']}", lane)
    await client.submit(Submission(function="text.shout", input=Raw(b"{}"), id="waits"))
    # It would ring at once for a task that seems to have waited since the clock jumped.
    await alerts.put_rule(bus, Rule(name="waiting", expression="queue_age", limit=600, duration=0))
    # And this one, were its ten minutes measured by the clock.
    await alerts.put_rule(bus, Rule(name="hot", expression="cpu", limit=80, duration=600))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 58)
        retention, rollups = Retention(store, settings), Rollups(store)
        await store.export()
        while await rollups.once(codec.now(), await Clock(store).believed()):
            pass
        before = await rows(store, "tasks", *ROLLED)
        assert len(before["tasks"]) == 58
        for days in (1, 366, -366, 0):
            jump(timedelta(days=days))
            load = SystemMetrics("node-1", 95.0, 1.0, 1.0, Network(0, 0), codec.now())
            await bus.store(names.metric("node-1", "system"), codec.encode(load))
            # A load measured a year ago may go: it is old by every clock.
            await retention.once()
            await judged(client, "waiting", "hot")
            while await rollups.once(codec.now(), await Clock(store).believed()):
                pass
            assert await rows(store, "tasks", *ROLLED) == before
        # Nobody serves what waits, which is true and told once.
        assert [alert.rule for alert in await rung(bus)] in ([], ["work_unserved"])


async def judged(client, *wanted):
    """Returns once these rules have seen a value that they had not seen before, or have been judged again."""
    seen = {name: set() for name in wanted}
    async with asyncio.timeout(15):
        while any(len(values) < 2 for values in seen.values()):
            for [view] in (await client.query("alert_rules"))["rows"]:
                name = view["rule"]["name"]
                if name in seen and view["values"]:
                    # The age of what waits grows with every look; a load stays what it is.
                    seen[name].add(view["evaluated_at"] if name == "hot" else view["values"][0]["value"])
            await asyncio.sleep(0.02)


async def test_events_from_1970_and_from_the_year_9999_are_kept_and_break_no_page(
    bus, client, settings, publish, made, caught_up
):
    now = datetime.now(UTC)
    odd = [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        now + timedelta(days=9),
    ]
    await publish(*(made(n, submitted_at=at) for n, at in enumerate(odd)))
    await publish(*(made(n, submitted_at=now - timedelta(minutes=5)) for n in range(10, 20)))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 13)
        await Retention(store, settings).once()
        await folded(store)
        assert await Retention(store, settings).once() in (0, 1)
        # Two weeks of the past went nowhere, the one of 1970 stands in Parquet.
        assert (await store.query("SELECT count(*) FROM tasks")).rows == [[12]]
        assert list((settings.file.with_suffix("") / "parquet").glob("tasks/day=1970-01-01/*.parquet"))
        for page in PAGES:
            answer = await client.query(page)
            assert answer["columns"]
        counted = {row[0]: row[2] for row in (await client.query("windows"))["rows"]}
        assert counted == {"1h": 10, "6h": 10, "24h": 10, "7d": 10}
        # And days that are counted by size are not those of the future.
        assert (
            await store.query(
                "SELECT max(rows_since) < now()::TIMESTAMP FROM rollup_marks WHERE source = 'tasks'"
            )
        ).rows == [[True]]
