"""Rows stand in Parquet once each, wherever an export or a deletion is cut short; a lost file comes back."""

import contextlib
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from analytics.rollups import Rollups
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec, errors

DAY = date(2020, 1, 1)
TABLES = ("tasks", "events", "metrics", "positions", "exports")


def task(number: int, day: date = DAY, sequence: int | None = None) -> bytes:
    at = f"{day}T12:00:00Z"
    return codec.encode(
        {
            "id": f"t-{number}", "queue": "text", "function": "shout", "state": "completed",
            "priority": "medium", "attempts": 1, "submitted_at": at, "finished_at": at, "total_ms": 1.0,
            "stream_seq": sequence or number,
        }
    )  # fmt: skip


def metric(number: int, day: date = DAY) -> bytes:
    return codec.encode(
        {
            "host": "a",
            "kind": "k",
            "measured_at": f"{day}T12:00:00Z",
            "data": {"n": [number]},
            "stream_seq": number,
        }
    )


def batch(*numbers: int, day: date = DAY) -> Batch:
    lines = {f"t-{number}": task(number, day) for number in numbers}
    return Batch({"tasks": lines}, Position("RESULTS", "x", max(numbers)))


@pytest.fixture
def settings(tmp_path: Path) -> AnalyticsSettings:
    return AnalyticsSettings(file=tmp_path / "a.duckdb")


def parquet(settings: AnalyticsSettings, table: str = "tasks") -> list[tuple[object, ...]]:
    """What a stranger with plain DuckDB reads."""
    files = settings.file.with_suffix("") / "parquet" / table / "*/*.parquet"
    found = f"FROM read_parquet('{files}', hive_partitioning = true)"
    return duckdb.sql(f"SELECT stream_seq, day {found} ORDER BY ALL").fetchall()


async def everything(store: Store) -> dict[str, list[list[object]]]:
    return {
        table: (
            await store.query(
                f"SELECT * {'EXCLUDE exported_at' if table == 'exports' else ''} FROM {table} ORDER BY ALL"
            )
        ).rows
        for table in TABLES
    }


async def test_each_row_stands_once_however_often_a_day_is_exported(settings):
    async with Store.open(settings) as store:
        await store.append(batch(1, 2))
        [first] = await store.export()
        assert (first.rows, await store.export()) == (2, [])
        await store.append(batch(3, day=DAY + timedelta(days=1)))
        await store.append(Batch({"tasks": {"t-2": task(2, sequence=4)}}, Position("RESULTS", "x", 4)))
        assert [(own.day, own.rows) for own in await store.export()] == [
            (DAY, 2),
            (DAY + timedelta(days=1), 1),
        ]
    assert parquet(settings) == [(1, DAY), (3, DAY + timedelta(days=1)), (4, DAY)]


async def test_a_day_goes_only_when_its_file_holds_all_of_it_and_late_rows_begin_another(settings):
    async with Store.open(settings) as store:
        await store.append(batch(1, 2))
        assert await store.drop("tasks", DAY) == 0
        await store.export()
        await store.append(batch(3))
        assert await store.drop("tasks", DAY) == 0
        await store.export()
        # What rollups do not hold yet stays, too.
        assert await store.drop("tasks", DAY) == 0
        await Rollups(store).once(codec.now())
        assert await store.drop("tasks", DAY) == 3
        assert (await store.query("FROM tasks")).rows == []
        await store.append(batch(4))
        await store.export()
        assert (await store.query("SELECT id FROM tasks")).rows == [["t-4"]]
    assert parquet(settings) == [(1, DAY), (2, DAY), (3, DAY), (4, DAY)]


async def test_a_day_that_lost_its_last_row_to_a_later_one_has_no_file_any_more(settings):
    later = DAY + timedelta(days=3)
    async with Store.open(settings) as store:
        await store.append(batch(1))
        await store.export()
        await store.append(batch(1, day=later))
        await store.export()
    assert parquet(settings) == [(1, later)]


@pytest.mark.parametrize("step", ["_write", "commit", "_finish", "record"])
async def test_an_export_cut_short_anywhere_doubles_and_loses_nothing(settings, monkeypatch, step):
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    async with Store.open(settings) as store:
        await store.append(batch(1, 2))
        await store.export()
        await store.append(batch(3))
        await store.append(Batch({"metrics": {5: metric(5)}}, Position("METRICS", "x", 5)))
        with monkeypatch.context() as patched:
            patched.setattr(store._file if step == "record" else store._file.archive, step, die)
            with pytest.raises(Killed):
                await store.export()
        before = await everything_but_exports(store)
    settings.file.rename(settings.file.with_suffix(".lost"))
    async with Store.open(settings) as store:
        restored = {row[0] for row in (await store.query("SELECT stream_seq FROM tasks")).rows}
        position = await store.position("RESULTS")
        assert position is not None
        # What is not there is still to be read from the stream.
        assert restored == set(range(1, position.sequence + 1))
        for number in range(position.sequence + 1, 4):
            await store.append(batch(number))
        if await store.position("METRICS") is None:
            await store.append(Batch({"metrics": {5: metric(5)}}, Position("METRICS", "x", 5)))
        assert await everything_but_exports(store) == before
        await store.export()
    assert [seq for seq, _ in parquet(settings)] == [1, 2, 3]
    assert [seq for seq, _ in parquet(settings, "metrics")] == [5]


async def everything_but_exports(store: Store) -> list[object]:
    return [(name, rows) for name, rows in (await everything(store)).items() if name != "exports"]


async def test_a_lost_file_comes_back_from_parquet_with_what_had_been_in_it(settings):
    old = DAY - timedelta(days=400)
    async with Store.open(settings) as store:
        await store.append(batch(1, 2, day=old))
        await store.export()
        await Rollups(store).once(codec.now())
        await store.drop("tasks", old)
        await store.append(batch(3, 4))
        await store.append(Batch({"metrics": {5: metric(5)}}, Position("METRICS", "x", 5)))
        await store.export()
        before = await everything(store)
    settings.file.unlink()
    async with Store.open(settings) as store:
        assert await everything(store) == before
        await store.append(batch(6, day=old))
        await store.export()
    assert [seq for seq, _ in parquet(settings)] == [1, 2, 3, 4, 6]


def zeros(settings: AnalyticsSettings) -> None:
    settings.file.write_bytes(b"\0" * 8192)


def half(settings: AnalyticsSettings) -> None:
    with settings.file.open("r+b") as file:
        file.truncate(settings.file.stat().st_size // 2)


def rot(settings: AnalyticsSettings) -> None:
    size = settings.file.stat().st_size
    with settings.file.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"x" * (size // 2))


@pytest.mark.parametrize("harm", [zeros, half, rot])
async def test_a_broken_file_is_moved_aside_made_anew_and_told_of(settings, harm):
    async with Store.open(settings) as store:
        await store.append(batch(*range(1, 20_000)))
        await store.export()
    harm(settings)
    everything = "SELECT count(*), count(DISTINCT id), bit_xor(hash(own)) IS NULL FROM tasks AS own"
    async with Store.open(settings) as store:
        # Some damage shows when the file is opened, some when the rows are read.
        with contextlib.suppress(errors.Unavailable):
            await store.query(everything)
            await store.append(batch(20_000))
        await store.append(batch(20_000))
        assert (await store.query(everything)).rows == [[20_000, 20_000, False]]
        told = {row[0] for row in (await store.query("SELECT what FROM incidents")).rows}
    assert {"broken", "restored"} <= told
    assert len(list(settings.file.parent.glob("a.duckdb.broken-*"))) == 1


async def test_a_file_that_somebody_else_holds_is_not_taken_for_broken(settings):
    settings.file.mkdir()
    with pytest.raises(errors.Unavailable, match="cannot be opened"):
        async with Store.open(settings):
            pass
    assert settings.file.is_dir()
