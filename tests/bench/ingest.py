"""Results to rows: how fast a stream becomes a table, beside DuckDB alone; and how soon a row is seen."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psutil
from msgspec import Raw

from analytics import rows, service
from analytics.rows import Origin
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position, Store
from analytics.store.migrate import FOLDER
from infra import server, topology
from infra.server import ServerSettings
from subjects import codec, names
from subjects.bus import Bus
from subjects.ids import new_id
from subjects.messages import Result
from subjects.settings import NatsSettings

ONE_BY_ONE = 50
"""Results whose way to the table is measured one by one."""


async def measure(count: int) -> dict[str, float]:
    """Rows per second of DuckDB alone, of the store, and of the service; milliseconds from result to row."""
    made = [_result(number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = AnalyticsSettings(file=place / "a.duckdb")
        lines = [_line(result, number) for number, result in enumerate(made, 1)]
        figures = {
            "rows": float(count),
            "bare_rows_s": count / await asyncio.to_thread(_bare, place, settings, lines),
            "store_rows_s": count / await _store(settings, lines),
        }
        return figures | await _service(place, made)


def _result(number: int) -> Result:
    submitted = datetime.now(UTC) + timedelta(microseconds=number)
    return Result(
        id=new_id(),
        queue="text",
        function="shout",
        state="completed",
        input=Raw(b'{"text":"some input of a usual length"}'),
        output=Raw(b'"SOME OUTPUT OF A USUAL LENGTH"'),
        error=None,
        attempts=1,
        worker="w-1",
        submitted_at=submitted,
        started_at=submitted + timedelta(milliseconds=2),
        finished_at=submitted + timedelta(milliseconds=10),
    )


def _line(result: Result, sequence: int) -> rows.Line:
    subject = names.result(result.queue, result.function, result.id)
    return rows.result(Origin("RESULTS", subject, sequence, result.finished_at), codec.encode(result))


def _batches(settings: AnalyticsSettings, lines: list[rows.Line]) -> Iterator[list[rows.Line]]:
    for start in range(0, len(lines), settings.batch):
        yield lines[start : start + settings.batch]


def _bare(place: Path, settings: AnalyticsSettings, lines: list[rows.Line]) -> float:
    """Seconds for DuckDB and nothing else: the same lines into the same table, without replacing."""
    connection = duckdb.connect(str(place / "bare.duckdb"), config={"threads": settings.threads})
    for step in sorted(FOLDER.glob("*.sql")):
        connection.execute(step.read_text())
    kinds = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'tasks'"
    ).fetchall()
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in kinds)
    file = place / "bare.ndjson"
    started = time.perf_counter()
    for batch in _batches(settings, lines):
        file.write_bytes(b"\n".join(line.json for line in batch))
        options = f"format = 'newline_delimited', columns = {{{columns}}}"
        connection.execute(f"INSERT INTO tasks BY NAME FROM read_json('{file}', {options})")
    took = time.perf_counter() - started
    connection.close()
    return took


async def _store(settings: AnalyticsSettings, lines: list[rows.Line]) -> float:
    """Seconds for our store: the same, with replacing and the position."""
    async with Store.open(settings) as store:
        started = time.perf_counter()
        sequence = 0
        for batch in _batches(settings, lines):
            sequence += len(batch)
            await store.append(
                Batch({"tasks": {line.key: line.json for line in batch}}, Position("RESULTS", "x", sequence))
            )
        took = time.perf_counter() - started
    settings.file.unlink()
    return took


async def _service(place: Path, made: list[Result]) -> dict[str, float]:
    """The whole way: from a stream that holds all results to the last row; then result by result."""
    async with server.running(ServerSettings(state=place / "nats", port=0, durability="process")) as nats:
        connection = NatsSettings(url=nats.url)
        async with Bus.open(connection) as bus:
            await topology.apply(bus)
            for result in made:
                await bus.post(names.result(result.queue, result.function, result.id), codec.encode(result))
            settings = AnalyticsSettings(nats=connection, file=place / "a.duckdb")
            while (await bus.api("STREAM.INFO.RESULTS"))["state"]["messages"] < len(made):
                pass
            started = time.perf_counter()
            async with service.running(settings) as store:
                await _until(store, f"SELECT count(*) = {len(made)} FROM tasks")
                took = time.perf_counter() - started
                lags = [await _lag(bus, store, _result(number)) for number in range(ONE_BY_ONE)]
                memory = psutil.Process().memory_info().rss
    return {
        "ingest_rows_s": len(made) / took,
        "visible_p50_ms": statistics.median(lags) * 1000,
        "visible_p95_ms": statistics.quantiles(lags, n=20)[-1] * 1000,
        "rss_mb": memory / (1 << 20),
    }


async def _lag(bus: Bus, store: Store, result: Result) -> float:
    await bus.store(names.result(result.queue, result.function, result.id), codec.encode(result))
    started = time.perf_counter()
    await _until(store, f"SELECT count(*) = 1 FROM tasks WHERE id = '{result.id}'")
    return time.perf_counter() - started


async def _until(store: Store, sql: str) -> None:
    while True:
        store.changed.clear()
        if (await store.query(sql)).rows[0][0]:
            return
        await store.changed.wait()


if __name__ == "__main__":
    for name, value in asyncio.run(measure(100_000)).items():
        print(f"{name:16} {value:12,.1f}")
