"""DuckDB gives a file up where a disk is full: it is opened anew, and rows are there once."""

import asyncio
import os

import pytest

from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from subjects import codec, errors
from tests.small_disk import SmallDisk


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk", 70)
    yield disk
    disk.close()


def batch(number: int, opened: int) -> Batch:
    """2,000 rows of 4 kB that cannot be pressed together."""
    at = "2030-01-01T12:00:00Z"
    first = number * 2000
    lines: dict[str | int, bytes] = {
        sequence: codec.encode(
            {
                "host": "a",
                "kind": "k",
                "measured_at": at,
                "data": {"n": os.urandom(2000).hex()},
                "stream_seq": sequence,
            }
        )
        for sequence in range(first, first + 2000)
    }
    return Batch({"metrics": lines}, Position("METRICS", "x", first + 1999), opened)


async def fill(store: Store, batches: int) -> int:
    """Append as a reader does, from the position of the file; how often it had to begin again."""
    again = 0
    while True:
        try:
            opened = store.opened
            position = await store.position("METRICS")
            done = 0 if position is None else (position.sequence + 1) // 2000
            for number in range(done, batches):
                await store.append(batch(number, opened))
        except errors.Unavailable:
            again += 1
            if again > 5:
                return again
            await asyncio.sleep(0)
        else:
            return again


async def test_rows_are_there_once_when_the_disk_has_room_again(disk, monkeypatch):
    monkeypatch.setattr("analytics.store.store.AGAIN", 0.0)
    settings = AnalyticsSettings(file=disk.place / "a.duckdb")
    async with Store.open(settings) as store:
        assert await fill(store, 12) > 5
        given_up = store.opened
        disk.grow(400)
        await fill(store, 12)
        rows = await store.query("SELECT count(*), count(DISTINCT stream_seq) FROM metrics")
        told = {row[0] for row in (await store.query("SELECT what FROM incidents")).rows}
    assert rows.rows == [[24_000, 24_000]]
    assert given_up > 0
    assert {"disk full", "given up"} <= told


async def test_a_full_disk_is_told_once_though_small_rows_still_fit(disk, monkeypatch):
    monkeypatch.setattr("analytics.store.store.AGAIN", 0.0)
    async with Store.open(AnalyticsSettings(file=disk.place / "a.duckdb")) as store:
        ballast = disk.place / "ballast"
        ballast.write_bytes(bytes(disk.free() - 1_000_000))
        for number in (1, 2):
            with pytest.raises(errors.Unavailable):
                await store.append(batch(number, store.opened))
            await store.append(Batch({}, Position("EVENTS", "x", number), store.opened))
        ballast.unlink()
        await store.append(batch(3, store.opened))
        told = await store.query("SELECT count(*) FROM incidents WHERE what = 'disk full'")
    assert told.rows == [[1]]
