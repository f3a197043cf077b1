"""Folds what was touched into the rollups, a little at a time, and drops buckets that are too fine to keep.

Until a minute is folded, questions are answered from its rows: nobody waits for this loop, nobody sees it.
"""

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import structlog

from analytics.clock import Clock
from analytics.rollups.calls import CALLS
from analytics.rollups.folding import Range, Source, fold
from analytics.rollups.hosts import LOADS
from analytics.rollups.tasks import TASKS
from analytics.store import Statement, Store
from subjects import codec, errors

log = structlog.get_logger()

EVERY = 1.0
"""Seconds between two looks."""
GRACE = timedelta(seconds=2)
"""A minute is left to its rows until it has been over for so long: most of them come late by less."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MINUTES_KEPT = 26 * HOUR
HOURS_KEPT = 9 * DAY
MOST = 2000
"""Minutes of one look, of each source."""
SOURCES = (TASKS, CALLS, LOADS)

_AGED = """
UPDATE rollup_marks
SET
    minutes_since = greatest(minutes_since, $minutes),
    hours_since = greatest(hours_since, $hours)
"""
_DROP = """
DELETE FROM {table}
WHERE (span = 'minute' AND starts_at < (SELECT minutes_since FROM rollup_marks WHERE source = $source))
    OR (span = 'hour' AND starts_at < (SELECT hours_since FROM rollup_marks WHERE source = $source))
"""
_DUE = """
SELECT DISTINCT minute
FROM rollup_dirty
WHERE source = $source AND (minute < $first OR minute > $last)
ORDER BY minute
LIMIT $most
"""


class Marks:
    """From when on minutes and hours are kept."""

    def __init__(self, minutes: datetime, hours: datetime) -> None:
        self.minutes = minutes
        self.hours = hours

    def bucket(self, moment: datetime) -> datetime:
        """Where the finest bucket that is kept of a moment begins."""
        if moment >= self.minutes:
            return moment.replace(second=0, microsecond=0)
        if moment >= self.hours:
            return moment.replace(minute=0, second=0, microsecond=0)
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)

    def length(self, moment: datetime) -> timedelta:
        """And how long it is."""
        return MINUTE if moment >= self.minutes else HOUR if moment >= self.hours else DAY

    def _end(self, moment: datetime) -> datetime:
        """Where that bucket ends."""
        start = self.bucket(moment)
        # Somebody may say that a task ended on the last day that Python knows.
        return start + self.length(moment) if start.date() < date.max else datetime.max  # noqa: DTZ901 - as DuckDB has it

    def ranges(self, minutes: Iterable[datetime]) -> Iterator[Range]:
        """Minutes, together as far as one transaction may go: an hour of minutes, a day of all coarser."""

        def part(minute: datetime) -> tuple[int, ...]:
            hour = minute.hour if minute >= self.minutes else -1
            return (minute.toordinal(), hour)

        for _, group in itertools.groupby(minutes, part):
            own = list(group)
            first, last = own[0], own[-1]
            yield Range(first, last, self.bucket(first), self._end(last))


class Rollups:
    """Works for as long as `run` is awaited."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or Clock(store)
        self._marks: Marks | None = None

    async def run(self) -> None:
        """Fold until cancelled; what goes wrong is told and tried again."""
        while True:
            folded = 0
            try:
                folded = await self.once(codec.now(), await self._clock.believed())
            except errors.RevoError as error:
                log.warning("rollups waited", error=error.message)
            if folded < MOST:
                await asyncio.sleep(EVERY)

    async def once(self, now: datetime, believed: datetime | None = None) -> int:
        """Fold what is due; the largest number of minutes that were of one source.

        Buckets that are too fine to keep are dropped by the time that is `believed`.
        """
        now = now.replace(tzinfo=None)
        marks = await self._aged(now if believed is None else believed)
        return max([await self._fold(source, now, marks) for source in SOURCES])

    async def _fold(self, source: Source, now: datetime, marks: Marks) -> int:
        running = (now - GRACE).replace(second=0, microsecond=0)
        values = {"source": source.name, "first": running, "last": now, "most": MOST}
        minutes = [minute for (minute,) in (await self._store.query(_DUE, values)).rows]
        for past in (True, False):
            for due in marks.ranges(each for each in map(_plain, minutes) if (each < running) is past):
                await self._store.execute(*fold(source, due))
        return len(minutes)

    async def _aged(self, now: datetime) -> Marks:
        minutes = (now - MINUTES_KEPT).replace(minute=0, second=0, microsecond=0)
        hours = (now - HOURS_KEPT).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._marks is None or self._marks.minutes < minutes or self._marks.hours < hours:
            await self._store.execute(
                Statement(_AGED, {"minutes": minutes, "hours": hours}),
                *(
                    Statement(_DROP.format(table=table), {"source": source.name})
                    for source in SOURCES
                    for table in source.tables
                ),
            )
            # They move for all sources at once.
            [[minutes, hours]] = (
                await self._store.query("SELECT max(minutes_since), max(hours_since) FROM rollup_marks")
            ).rows
            self._marks = Marks(_plain(minutes), _plain(hours))
        return self._marks


def _plain(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
