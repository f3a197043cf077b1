"""Brings the rollups of a source in line with its rows again, as statements of one transaction.

A bucket is never added to: it is taken out and made anew, from rows where it is of the finest span that is
kept of its time, else from the buckets of the next finer span. So a fold may be repeated, cut off, or run
over rows that were replaced, came late or out of order: what it leaves is a function of the rows alone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from analytics.store import Statement

_STALE = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT
    kept_span(minute, minutes_since, hours_since) AS span,
    kept_bucket(minute, minutes_since, hours_since) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = $source) AS marks
WHERE rollup_dirty.source = $source AND minute >= $first AND minute <= $last
"""
_STALE_HOURS = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT 'hour' AS span, date_trunc('hour', minute) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = $source) AS marks
WHERE rollup_dirty.source = $source AND minute >= $first AND minute <= $last AND minute >= minutes_since
"""
_STALE_DAYS = """
CREATE OR REPLACE TEMP TABLE fold_stale AS
SELECT DISTINCT 'day' AS span, date_trunc('day', minute) AS starts_at
FROM rollup_dirty, (SELECT * FROM rollup_marks WHERE source = $source) AS marks
WHERE rollup_dirty.source = $source AND minute >= $first AND minute <= $last AND minute >= hours_since
"""
_ROWS = """
CREATE OR REPLACE TEMP TABLE fold_rows AS
SELECT
    kept_span({time}, minutes_since, hours_since) AS span,
    kept_bucket({time}, minutes_since, hours_since) AS starts_at,
    {columns}
FROM {source} AS own, (SELECT * FROM rollup_marks WHERE source = $source) AS marks
WHERE {time} >= $from AND {time} < $until
    AND kept_bucket({time}, minutes_since, hours_since) IN (SELECT starts_at FROM temp.fold_stale)
"""
_FRESH = "CREATE OR REPLACE TEMP TABLE fresh_{table} AS SELECT * FROM {table} LIMIT 0"
_GONE = """
DELETE FROM {table} USING temp.fold_stale AS s
WHERE {table}.span = s.span AND {table}.starts_at = s.starts_at
"""
_CLEAN = "DELETE FROM rollup_dirty WHERE source = $source AND minute >= $first AND minute <= $last"


class Range(Struct, frozen=True):
    """Dirty minutes from `first` to `last`, and the time of the rows that their buckets are made of."""

    first: datetime
    last: datetime
    since: datetime
    until: datetime


class Source(Struct, frozen=True):
    """A table of rows, and how its rollups are made.

    `from_rows` fill `temp.fresh_<table>` of each rollup from `temp.fold_rows`, which has `columns`;
    `from_finer` fill them from buckets of the span `$finer`. `kept` then put them into the rollups where
    others stood: the rare names of a bucket as one.
    """

    name: str
    time: str
    tables: tuple[str, ...]
    columns: str
    from_rows: tuple[Statement, ...]
    from_finer: tuple[str, ...]
    kept: tuple[Statement, ...]


def fold(source: Source, due: Range) -> Iterator[Statement]:
    """Statements after which rollups agree with the rows of these minutes."""
    minutes: dict[str, Any] = {"source": source.name, "first": due.first, "last": due.last}
    rows = _ROWS.format(time=f"own.{source.time}", columns=source.columns, source=source.name)
    yield Statement(_STALE, minutes)
    yield Statement(rows, {"source": source.name, "from": due.since, "until": due.until})
    yield from _made(source, source.from_rows)
    for span, finer, stale in (("hour", "minute", _STALE_HOURS), ("day", "hour", _STALE_DAYS)):
        yield Statement(stale, minutes)
        spans: Mapping[str, str] = {"span": span, "finer": finer}
        yield from _made(source, tuple(Statement(sql, spans) for sql in source.from_finer))
    yield Statement(_CLEAN, minutes)
    yield Statement("DROP TABLE temp.fold_rows")


def _made(source: Source, fill: tuple[Statement, ...]) -> Iterator[Statement]:
    for table in source.tables:
        yield Statement(_FRESH.format(table=table))
    yield from fill
    for table in source.tables:
        yield Statement(_GONE.format(table=table))
    yield from source.kept
