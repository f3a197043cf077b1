"""Which buckets of the rollups answer which part of a window, and which part only the rows answer.

For each moment it is the largest bucket that lies in the window and holds nothing that waits to be folded.
Worked out here, from a few values, because DuckDB took twenty times as long to plan it as to read buckets.
The question itself then runs in the same transaction, so that both see the same rows.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb

from analytics.catalog import Period

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

PREFIXES = {"tasks": "", "model_calls": "call_", "system_metrics": "load_"}
"""How the values for the rollups of each source are called."""

_MARKS = "SELECT minutes_since, hours_since, rows_since FROM rollup_marks WHERE source = $source"
_WAITING = (
    "SELECT DISTINCT minute FROM rollup_dirty WHERE source = $source AND minute >= $since AND minute < $until"
)


class Piece(NamedTuple):
    """A part of a period, and what answers it: buckets of a day, an hour or a minute, or the rows."""

    period: str
    span: str
    since: datetime
    until: datetime


class Marks(NamedTuple):
    """From when on minutes, hours and rows are kept."""

    minutes: datetime
    hours: datetime
    rows: datetime


def values(connection: duckdb.DuckDBPyConnection, periods: Iterable[Period]) -> dict[str, Any]:
    """What the macros over rollups take: `pieces`, `earliest` and `loose`, of each source."""
    by_source: dict[str, list[Period]] = {}
    for period in periods:
        by_source.setdefault(period.source, []).append(period)
    return {
        f"{PREFIXES[source]}{name}": value
        for source, own in by_source.items()
        for name, value in _of(connection, source, own).items()
    }


def _of(connection: duckdb.DuckDBPyConnection, source: str, periods: Sequence[Period]) -> dict[str, Any]:
    found = connection.execute(_MARKS, {"source": source}).fetchone()
    assert found is not None
    marks = Marks(*found)
    since = min(day(period.since) for period in periods)
    until = max(period.until for period in periods)
    within = {"source": source, "since": since, "until": until}
    stale = sorted(minute for (minute,) in connection.execute(_WAITING, within).fetchall())
    pieces = [piece for period in periods for piece in cut(period, marks, stale)]
    return {
        # Of no rows a list has no type.
        "pieces": [piece._asdict() for piece in pieces] or [Piece("", "", until, until)._asdict()],
        "earliest": since,
        "loose": min((piece.since for piece in pieces if piece.span == "row"), default=until),
    }


def cut(period: Period, marks: Marks, stale: Iterable[datetime]) -> Iterator[Piece]:
    """The pieces of a period, in the order of time; `stale` are the minutes that wait to be folded.

    >>> at = datetime(2030, 1, 31)
    >>> own = Period("now", at, at + DAY + 90 * MINUTE)
    >>> [(p.span, f"{p.since:%d %H:%M}") for p in cut(own, Marks(at, at, at), [at + DAY + 5 * MINUTE])]
    [('day', '31 00:00'), ('minute', '01 00:00'), ('row', '01 00:05'), ('minute', '01 00:06')]
    """
    touched: dict[datetime, set[datetime]] = {}
    for minute in stale:
        touched.setdefault(day(minute), set()).add(minute)
    parts = _days(period, marks, touched)
    for (span, _), group in itertools.groupby(_numbered(parts), lambda part: (part[0], part[1])):
        own = list(group)
        first, last = own[0][2], own[-1][3]
        if span == "row":
            first = max(first, marks.rows)
        if first < last:
            yield Piece(period.name, span, first, last)


def day(moment: datetime) -> datetime:
    """Where its day begins."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


Part = tuple[str, datetime, datetime]


def _days(period: Period, marks: Marks, touched: Mapping[datetime, set[datetime]]) -> Iterator[Part]:
    first, last = period.since, period.until
    broken = {day(first), day(last)} | {each for each in touched if first < each < last}
    if period.largest != "day":
        broken |= {day(first) + number * DAY for number in range((day(last) - day(first)).days)}
    reached = first
    for start in sorted(broken):
        if reached < start:
            yield "day", reached, start
        whole = first <= start and start + DAY <= last
        reached = min(start + DAY, last)
        if whole and period.largest == "day" and not touched.get(start):
            yield "day", start, reached
        elif start < marks.hours:
            yield "row", max(start, first), reached
        else:
            yield from _hours(period, marks, start, touched.get(start, set()))


def _hours(period: Period, marks: Marks, start: datetime, stale: set[datetime]) -> Iterator[Part]:
    hours = {minute.hour for minute in stale}
    for hour in range(24):
        since = start + hour * HOUR
        until = since + HOUR
        if until <= period.since or since >= period.until:
            continue
        whole = since >= period.since and until <= period.until and hour not in hours
        if whole and period.largest != "minute":
            yield "hour", since, until
        elif since < marks.minutes:
            yield "row", max(since, period.since), min(until, period.until)
        else:
            for minute in range(60):
                own = since + minute * MINUTE
                if own + MINUTE <= period.since or own >= period.until:
                    continue
                inside = own >= period.since and own + MINUTE <= period.until and own not in stale
                yield "minute" if inside else "row", max(own, period.since), min(own + MINUTE, period.until)


def _numbered(parts: Iterable[Part]) -> Iterator[tuple[str, int, datetime, datetime]]:
    """Parts that touch and are answered alike get the same number."""
    number, before = 0, None
    for span, since, until in parts:
        if (span, since) != before:
            number += 1
        before = (span, until)
        yield span, number, since, until
