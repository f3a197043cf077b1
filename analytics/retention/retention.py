"""Exports what has changed, again and again, and takes whole days out of the file when they are old.

Every row stands in Parquet within `export_every` seconds, long before its stream drops it: a file that is
lost comes back whole. A day leaves the file only when its Parquet file holds all of it.
"""

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta

import structlog

from analytics.clock import Clock
from analytics.settings import AnalyticsSettings
from analytics.store import TABLES, Store
from subjects import errors

log = structlog.get_logger()

SOON = 60.0
"""Seconds after the start until the first export; rows of before then come from the streams again."""
ALWAYS = 2
"""The newest days up to today, which stay however many rows they have."""

Day = tuple[date, int]


class Retention:
    """Works for as long as `run` is awaited."""

    def __init__(self, store: Store, settings: AnalyticsSettings, clock: Clock | None = None) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock or Clock(store)

    async def run(self) -> None:
        """Export and drop until cancelled; what goes wrong is told and tried again."""
        await asyncio.sleep(min(SOON, self._settings.export_every))
        while True:
            try:
                await self.once()
            except errors.RevoError as error:
                log.warning("export delayed", error=error.message)
            await asyncio.sleep(self._settings.export_every)

    async def once(self) -> int:
        """One export, and then what is old goes; the rows that went out of the file."""
        await self._store.export()
        await self._clock.keep()
        rows = 0
        for name, day in await self._old():
            rows += await self._store.drop(name, day)
        if rows:
            log.info("old rows left the file", rows=rows)
            # The journal must not bring them back.
            await self._store.export()
        return rows

    async def _old(self) -> list[tuple[str, date]]:
        known = (await self._store.query("SELECT name, day, rows FROM exports WHERE rows > 0")).rows
        today = (await self._clock.believed()).date()
        found = []
        for table in TABLES:
            if table.keep:
                days = [(day, rows) for name, day, rows in known if name == table.name]
                keep = getattr(self._settings, table.keep)
                found += [(table.name, day) for day in due(days, today, keep, self._settings.most_rows)]
        return found


def due(days: Iterable[Day], today: date, keep: int, most: int) -> list[date]:
    """The days that go: those that ended `keep` days ago, and the oldest of more than `most` rows.

    What is from the future stays: it would take the place of today, and seal all days before it.

    >>> first = date(2030, 1, 1)
    >>> days = [(first + timedelta(days=number), 10) for number in range(4)]
    >>> [day.day for day in due(days, date(2030, 1, 4), 2, 1000)]
    [1]
    >>> [day.day for day in due(days, first, 90, 25)]
    []
    >>> [day.day for day in due(days, date(2030, 1, 4), 90, 25)]
    [1, 2]
    """
    old, room = [], most
    past = [own for own in days if own[0] <= today]
    for place, (day, rows) in enumerate(sorted(past, reverse=True)):
        room -= rows
        if day < today - timedelta(days=keep) or (room < 0 and place >= ALWAYS):
            old.append(day)
    return sorted(old)
