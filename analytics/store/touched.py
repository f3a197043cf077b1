"""Which minutes the rollups must be made anew for, written down in the transaction that changes the rows.

Whatever crashes, a minute is either marked here or its rollups agree with its rows (decision 0028).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import duckdb

_TOUCHED = """
INSERT INTO rollup_dirty
SELECT DISTINCT 'tasks', date_trunc('minute', finished_at) AS minute
FROM (SELECT finished_at FROM temp.incoming UNION ALL SELECT unnest($replaced::TIMESTAMP[]))
WHERE minute >= (SELECT rows_since FROM rollup_marks WHERE source = 'tasks')
"""
_ALL = """
INSERT INTO rollup_dirty
SELECT DISTINCT 'tasks', date_trunc('minute', finished_at) AS minute
FROM tasks
WHERE minute >= (SELECT rows_since FROM rollup_marks WHERE source = 'tasks')
"""
_WAITING = "SELECT 1 FROM rollup_dirty WHERE source = $source AND minute < $until LIMIT 1"
_SEAL = "UPDATE rollup_marks SET rows_since = greatest(rows_since, $until) WHERE source = $source"


def touched(connection: duckdb.DuckDBPyConnection, replaced: Iterable[datetime]) -> None:
    """Mark the minutes of the tasks in `temp.incoming`, and of those whose place they take."""
    connection.execute(_TOUCHED, {"replaced": list(replaced)})


def all_touched(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark every minute that has tasks: they came by another way than a batch."""
    connection.execute(_ALL)


def sealed(connection: duckdb.DuckDBPyConnection, source: str, day: date) -> bool:
    """Whether the rows of a day may go, and all before it: their rollups hold them, and stay as they are.

    False while a minute up to then waits to be folded. What comes later for such a day is in no rollup.
    """
    values = {"source": source, "until": datetime.combine(day + timedelta(days=1), datetime.min.time())}
    if connection.execute(_WAITING, values).fetchone() is not None:
        return False
    connection.execute(_SEAL, values)
    return True
