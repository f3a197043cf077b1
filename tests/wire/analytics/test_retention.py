"""What is kept comes back whole from Parquet and streams, wherever it was killed, however full the disk."""

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from msgspec import structs

from analytics import service
from analytics.retention import Retention, rebuilt
from analytics.store import TABLES as TABLES_KEPT
from infra.settings import encode
from subjects import codec, names
from subjects.agents import Agent, Definition
from subjects.bus import Records
from subjects.kv import Bucket
from subjects.messages import Network, Progress, SystemMetrics
from tests.small_disk import SmallDisk
from tests.wire.analytics.test_models import call

TABLES = (
    "tasks",
    "events",
    "metrics",
    "system_metrics",
    "model_calls",
    "dead_letters",
    "agents",
    "quarantine",
)
OLD = datetime(2020, 1, 1, 12, tzinfo=UTC)


async def tables(store):
    """All rows, but for what the service itself measures while it runs."""
    own = {"metrics": "WHERE kind = 'depth'"}
    return {
        name: (await store.query(f"FROM {name} {own.get(name, '')} ORDER BY ALL")).rows for name in TABLES
    }


async def all_read(bus, store, caught_up):
    for stream in ("RESULTS", "EVENTS", "METRICS", "DLQ", "KV_agents"):
        last = (await Records(bus, stream).info())["state"]["last_seq"]
        if last:
            await caught_up(store, stream, last)


async def something_of_everything(bus, publish, made, numbers):
    await publish(*(made(number, submitted_at=OLD + timedelta(days=number % 3)) for number in numbers))
    now = codec.now()
    for number in numbers:
        told = Progress(f"t-{number}", "text.shout", 0.5, "half", now)
        load = SystemMetrics("a", 1.0, 2.0, 3.0, Network(4, 5), now)
        await bus.store(names.event("text", "shout", f"t-{number}", "progress"), codec.encode(told))
        await bus.store(names.metric("a", "system"), codec.encode(load))
        await bus.store(names.metric("a", "depth"), b'{"tons": %d}' % number)
        await bus.store(names.metric("w-1", "model_call"), codec.encode(call(number)))
    await bus.store("result.text.shout.bad", b"not json")
    await Bucket(bus, "agents", Agent).put("qa", Agent("qa", Definition(capabilities=["text"]), now, now))


async def test_a_file_made_anew_from_streams_and_parquet_has_the_same_tables(
    bus, settings, publish, made, caught_up
):
    settings = structs.replace(settings, keep_tasks=36_500)
    await something_of_everything(bus, publish, made, range(40))
    async with service.running(settings) as store:
        await all_read(bus, store, caught_up)
        await store.export()
        # What its stream has dropped since is in Parquet alone; what comes after is in the stream alone.
        for stream, subject in (
            ("EVENTS", "event.>"),
            ("METRICS", "metric.>"),
            ("RESULTS", "result.*.*.t-1*"),
        ):
            await Records(bus, stream).purge(subject)
        await publish(*(made(number) for number in range(100, 120)))
        await all_read(bus, store, caught_up)
        before = await tables(store)
    done = await rebuilt(settings)
    assert done.rows >= 40 * 5
    async with service.running(settings) as store:
        await all_read(bus, store, caught_up)
        assert await tables(store) == before
    # The file gone altogether, what came after the last export still in its stream.
    settings.file.unlink()
    async with service.running(settings) as store:
        await all_read(bus, store, caught_up)
        assert await tables(store) == before


async def test_rollups_of_days_whose_rows_are_gone_come_back_with_a_file_that_broke(
    bus, settings, publish, made, caught_up
):
    settings = structs.replace(settings, keep_tasks=3, keep_metrics=3)
    now = codec.now()
    await publish(*(made(n, submitted_at=now - timedelta(days=n % 9, minutes=5)) for n in range(180)))
    for number in range(90):
        moment = now - timedelta(days=number % 9, minutes=5)
        asked = structs.replace(call(number), at=moment)
        load = SystemMetrics("a", float(number), 2.0, 3.0, Network(4, 5), moment)
        await bus.store(names.metric("w-1", "model_call"), codec.encode(asked))
        await bus.store(names.metric("a", "system"), codec.encode(load))
    rolled = [table.name for table in TABLES_KEPT if table.rolled]
    assert {"task_counts", "call_counts", "host_loads"} <= set(rolled)

    async def all_of(store):
        await caught_up(store, "RESULTS", 180)
        await caught_up(store, "METRICS", 180)
        waiting = "SELECT count(*) FROM rollup_dirty"
        while (await store.query(waiting)).rows != [[0]]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
        names_of = ("tasks", "model_calls", "system_metrics", "rollup_marks", *rolled)
        return {name: (await store.query(f"FROM {name} ORDER BY ALL")).rows for name in names_of}

    async with service.running(settings) as store:
        await all_of(store)
        gone = await Retention(store, settings).once()
        assert gone == 5 * (20 + 10 + 10)
        before = await all_of(store)
        for name in rolled:
            days = f"SELECT count(DISTINCT starts_at) FROM {name} WHERE span = 'day'"
            assert (await store.query(days)).rows == [[9]]
        # The stream has forgotten what is gone, and some of what is not: that stands in Parquet alone.
        await Records(bus, "RESULTS").purge("result.*.*.t-1*")
    settings.file.write_bytes(b"x" * 100_000)
    async with service.running(settings) as store:
        assert await all_of(store) == before
        assert (await store.query("SELECT what FROM incidents ORDER BY ALL")).rows == [
            ["broken"],
            ["restored"],
        ]


KEEPER = """
import asyncio, sys
from pathlib import Path
from analytics.retention import Retention
from analytics.store import Store
from infra.settings import decode
from analytics.settings import AnalyticsSettings

async def main():
    settings = decode(sys.argv[1].encode(), AnalyticsSettings)
    async with Store.open(settings) as store:
        print("open", flush=True)
        while True:
            await Retention(store, settings).once()
            print("kept", flush=True)

asyncio.run(main())
"""


@pytest.mark.timeout(60)
async def test_kill_9_between_export_and_deletion_loses_and_doubles_nothing(
    bus, settings, publish, made, caught_up
):
    days = 12
    settings = structs.replace(settings, keep_tasks=30)
    await publish(*(made(n, submitted_at=OLD + timedelta(days=n % days)) for n in range(600)))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 600)
    for milliseconds in (0, 15, 40, 90, 200):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KEEPER, encode(settings).decode()),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert await child.stdout.readline() == b"open\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await child.wait()
        child.kill()
        await child.wait()
    async with service.running(settings) as store:
        await Retention(store, settings).once()
        assert (await store.query("SELECT count(*) FROM tasks")).rows == [[0]]
    files = settings.file.with_suffix("") / "parquet" / "tasks" / "*" / "*.parquet"
    read = f"read_parquet('{files}', hive_partitioning = true)"
    found = duckdb.sql(f"SELECT count(*), count(DISTINCT id), count(DISTINCT day) FROM {read}").fetchall()
    assert found == [(600, 600, days)]


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk", 6)
    yield disk
    disk.close()


@pytest.mark.timeout(60)
async def test_a_full_disk_stops_nothing_loses_nothing_and_is_told(
    bus, settings, small_disk, publish, made, caught_up, client, capsys
):
    settings = structs.replace(settings, file=small_disk.place / "a.duckdb")
    async with service.running(settings) as store:
        await publish(made(0))
        await caught_up(store, "RESULTS", 1)
        (small_disk.place / "ballast").write_bytes(os.urandom(small_disk.free() - 100_000))
        await publish(*(made(number, worker=os.urandom(400).hex()) for number in range(1, 3000)))
        while "No space left" not in capsys.readouterr().out:
            store.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await store.changed.wait()
        (small_disk.place / "ballast").unlink()
        await caught_up(store, "RESULTS", 3000)
        assert (await store.query("SELECT count(*), count(DISTINCT id) FROM tasks")).rows == [[3000, 3000]]
        await publish(made(3000))
        await caught_up(store, "RESULTS", 3001)
        told = (await client.query("incidents"))["rows"]
    assert [row[1] for row in told] == ["disk full"]
