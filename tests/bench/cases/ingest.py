"""Results to rows: how fast a stream becomes a table, beside DuckDB alone; and how soon a row is seen."""

from tests.bench.children import child, place
from tests.bench.figures import Goal, Row, Scale, sample


async def run(scale: Scale) -> list[Row]:
    """Rows a second of the store and of the whole service; milliseconds from a result to its row."""
    found: dict[str, list[float]] = {}
    with place() as state:
        for _ in range(scale.of(3, 1)):
            # A new process each time: what DuckDB keeps in memory must not help the next round.
            async with child(state, "tests.bench.measured:rows") as measured:
                told = await measured.ask(
                    "measure", count=scale.of(100_000, 20_000), one_by_one=scale.of(50, 10)
                )
                for name, value in told.items():
                    found.setdefault(name, []).append(value)
    bare = sample(found["bare_rows_s"])
    return [
        Row(
            "ingest",
            "rows into the store, exactly once",
            "/s",
            sample(found["store_rows_s"]),
            "bare DuckDB",
            bare,
            Goal("ratio", "at least", 0.5),
        ),
        Row(
            "ingest",
            "rows from stream to table",
            "/s",
            sample(found["ingest_rows_s"]),
            "bare DuckDB",
            bare,
            Goal("ratio", "at least", 0.5),
        ),
        Row("ingest", "result stored to row visible, p50", "ms", sample(found["visible_p50_ms"])),
        Row("ingest", "result stored to row visible, p95", "ms", sample(found["visible_p95_ms"])),
    ]
