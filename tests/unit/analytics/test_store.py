"""The DuckDB file: whole batches, closed to the world, patient with nobody."""

import asyncio

import duckdb
import pytest

from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Statement, Store
from analytics.store.lines import _ranges
from subjects import codec, errors


@pytest.fixture
def settings(tmp_path):
    return AnalyticsSettings(file=tmp_path / "folder" / "it's a.duckdb", answer_within=0.2)


def line(number):
    return b'{"host":"a","kind":"k","measured_at":"2030-01-01T12:00:00Z","data":{},"stream_seq":%d}' % number


async def test_rows_and_position_outlive_the_process(settings):
    async with Store.open(settings) as store:
        noon = codec.from_ns(10**18 + 123_456_000)
        await store.append(Batch({"metrics": {1: line(1), 2: line(2)}}, Position("METRICS", "e", 2, noon)))
    async with Store.open(settings) as store:
        assert await store.position("METRICS") == Position("METRICS", "e", 2, noon)
        assert await store.position("RESULTS") is None
        assert (await store.query("SELECT count(*) FROM metrics")).rows == [[2]]


async def test_a_batch_is_written_whole_or_not_at_all(settings):
    async with Store.open(settings) as store:
        lines = {"metrics": {1: line(1)}, "no_such_table": {1: b"{}"}}
        with pytest.raises(KeyError):
            await store.append(Batch(lines, Position("METRICS", "e", 1)))
        assert (await store.query("SELECT count(*) FROM metrics")).rows == [[0]]
        assert await store.position("METRICS") is None
        await store.append(Batch({"metrics": {1: line(1)}}, Position("METRICS", "e", 1)))
        assert (await store.query("SELECT count(*) FROM metrics")).rows == [[1]]


async def test_statements_run_all_or_none(settings):
    async with Store.open(settings) as store:
        insert = Statement("INSERT INTO positions VALUES ($stream, 'e', 1, NULL)", {"stream": "A"})
        with pytest.raises(errors.Unavailable):
            await store.execute(insert, Statement("INSERT INTO nowhere VALUES (1)"))
        assert await store.position("A") is None
        await store.execute(insert, Statement("UPDATE positions SET sequence = 7"))
        assert await store.position("A") == Position("A", "e", 7)


async def test_a_slow_query_is_ended_and_the_next_one_answered(settings):
    async with Store.open(settings) as store:
        with pytest.raises(errors.WaitTimeout):
            await store.query("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
        assert (await store.query("SELECT 1")).rows == [[1]]


async def test_no_query_reads_other_files_or_opens_them(settings, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    async with Store.open(settings) as store:
        for sql in (
            f"FROM read_csv('{tmp_path / 'secret.csv'}')",
            f"COPY tasks TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(errors.RevoError):
                await store.query(sql)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "other.duckdb").exists()


async def test_more_rows_than_asked_for_are_cut_and_it_says_so(settings):
    async with Store.open(settings) as store:
        assert (await store.query("FROM range(5)", most=5)).truncated is False
        cut = await store.query("FROM range(6)", most=5)
    assert (len(cut.rows), cut.truncated) == (5, True)


async def test_a_file_of_a_later_version_is_left_alone(settings):
    async with Store.open(settings):
        pass
    with duckdb.connect(str(settings.file)) as connection:
        connection.execute("INSERT INTO schema_versions VALUES (99, now()::TIMESTAMP)")
    with pytest.raises(errors.Unavailable, match="version 99"):
        async with Store.open(settings):
            pass
    with duckdb.connect(str(settings.file)) as connection:
        assert connection.execute("SELECT max(version) FROM schema_versions").fetchone() == (99,)


def test_ids_that_carry_the_time_are_looked_for_apart():
    timed = ["0198c0de-0000-7abc-8000-000000000002", "0198c0de-0000-7abc-8000-000000000001"]
    assert _ranges([*timed, "my-2", "my-1"]) == [(timed[1], timed[0]), ("my-1", "my-2")]
    assert _ranges(["my-1"]) == [("my-1", "my-1")]


async def test_a_start_that_is_given_up_lets_go_of_the_file(settings):
    async def opened():
        async with Store.open(settings):
            await asyncio.Event().wait()

    for turns in range(8):
        starting = asyncio.create_task(opened())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        async with Store.open(settings) as store:
            assert (await store.query("SELECT 1")).rows == [[1]]
