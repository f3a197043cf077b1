"""Which minutes the rollups must be made anew for, written down in the transaction that changes the rows.

Whatever crashes, a minute is either marked here or its rollups agree with its rows (decision 0028).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import duckdb

SOURCES: Mapping[str, str] = {
    "tasks": "finished_at",
    "model_calls": "called_at",
    "system_metrics": "measured_at",
}
"""Tables that rollups are made of, and the time by which their rows are."""

_KEPT = "minute >= (SELECT rows_since FROM rollup_marks WHERE source = $source)"
_TOUCHED = """
INSERT INTO rollup_dirty
SELECT DISTINCT $source, date_trunc('minute', {time}) AS minute
FROM (SELECT {time} FROM temp.incoming UNION ALL SELECT unnest($replaced::TIMESTAMP[]))
WHERE {kept}
"""
_ALL = """
INSERT INTO rollup_dirty
SELECT DISTINCT $source, date_trunc('minute', {time}) AS minute
FROM {source}
WHERE {kept}
"""
_WAITING = "SELECT 1 FROM rollup_dirty WHERE source = $source AND minute < $until LIMIT 1"
_SEAL = "UPDATE rollup_marks SET rows_since = greatest(rows_since, $until) WHERE source = $source"


def touched(connection: duckdb.DuckDBPyConnection, source: str, replaced: Iterable[datetime] = ()) -> None:
    """Mark the minutes of the rows in `temp.incoming`, and of those whose place they take."""
    sql = _TOUCHED.format(time=SOURCES[source], kept=_KEPT)
    connection.execute(sql, {"source": source, "replaced": list(replaced)})


def all_touched(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark every minute that has rows: they came by another way than a batch."""
    for source, time in SOURCES.items():
        connection.execute(_ALL.format(time=time, source=source, kept=_KEPT), {"source": source})


def sealed(connection: duckdb.DuckDBPyConnection, source: str, day: date) -> bool:
    """Whether the rows of a day may go, and all before it: their rollups hold them, and stay as they are.

    False while a minute up to then waits to be folded. What comes later for such a day is in no rollup.
    """
    values = {"source": source, "until": datetime.combine(day + timedelta(days=1), datetime.min.time())}
    if connection.execute(_WAITING, values).fetchone() is not None:
        return False
    connection.execute(_SEAL, values)
    return True
