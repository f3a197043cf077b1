"""The moments at which the server fires a pattern, counted as the server counts."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import Struct

from subjects.cron.pattern import Cron, Every, Once, Pattern, read
from subjects.cron.zones import EPOCH, clock, second

YEARS = 5
"""A pattern that nothing fits for so long fires never: the server refuses it."""


def due(
    text: str, after: datetime, until: datetime, zone: str | None = None, origin: datetime | None = None
) -> Iterator[datetime]:
    """The moments after one and up to another; `@every` counts from its `origin`.

    >>> start = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    >>> [moment.minute for moment in due("0 */20 * * * *", start, start + timedelta(hours=1))]
    [20, 40, 0]
    >>> len(list(due("@every 90s", start, start + timedelta(minutes=6))))
    4
    """
    for moment in _all(read(text, zone), after, origin or after):
        if moment > until:
            return
        yield moment


def upcoming(
    pattern: Pattern, stored_at: datetime, now: datetime, most: int = 10, fired: datetime | None = None
) -> list[datetime]:
    """The next moments of a pattern that came to the calendar at `stored_at`.

    `fired` is when the calendar fired it last, where that is known: `@every` counts from there. The server
    rounds to the second, so that half a second before a moment it is too late for it.
    """
    if isinstance(pattern, Once):
        return [pattern.at]
    found: list[datetime] = []
    begun = _rounded(stored_at)
    origin = max(stored_at, fired.replace(microsecond=0)) if fired is not None else stored_at
    start = max(begun, int((now - EPOCH).total_seconds()))
    for moment in _all(pattern, EPOCH + timedelta(seconds=start), origin):
        found.append(moment)
        if len(found) == most:
            break
    return found


def _all(pattern: Pattern, after: datetime, origin: datetime) -> Iterator[datetime]:
    match pattern:
        case Once(at):
            yield at
        case Every(seconds):
            yield from _every(seconds, after, origin)
        case Cron():
            place = following(pattern, math.floor((after - EPOCH).total_seconds()))
            while place is not None:
                yield EPOCH + timedelta(seconds=place)
                place = following(pattern, place)
        case _:
            assert_never(pattern)


def _every(seconds: float, after: datetime, origin: datetime) -> Iterator[datetime]:
    begun = _rounded(origin)
    if seconds != int(seconds):
        # Each moment is rounded before the next is counted, so the first differs from the rest.
        begun, seconds = _rounded(EPOCH + timedelta(seconds=begun + seconds)), float(_half_up(seconds))
        if EPOCH + timedelta(seconds=begun) > after:
            yield EPOCH + timedelta(seconds=begun)
    gone = math.floor(((after - EPOCH).total_seconds() - begun) / seconds)
    place = begun + seconds * max(1, gone + 1)
    while True:
        yield EPOCH + timedelta(seconds=place)
        place += seconds


def following(cron: Cron, place: int) -> int | None:
    """The first second after one that the fields let through; None where there is none for five years."""
    place += 1
    last_year = clock(place, cron.zone).year + YEARS
    cut = False
    while clock(place, cron.zone).year <= last_year:
        for unit in UNITS:
            there = clock(place, cron.zone)
            over = False
            while not over and not unit.fits(cron, there):
                if not cut:
                    cut, place = True, unit.begins(there)
                place = unit.moves(clock(place, cron.zone))
                there = clock(place, cron.zone)
                over = unit.over(there)
            if over:
                break
        else:
            return place
    return None


class _Unit(Struct, frozen=True):
    """How the server walks: whether a time fits, where its unit begins, the next one, and when to look anew.

    Months and days are counted on the clock, hours in true time. This decides what happens in the night when
    the clock changes: an hour that is skipped does not fire, one that comes twice fires twice.
    """

    fits: Callable[[Cron, datetime], bool]
    begins: Callable[[datetime], int]
    moves: Callable[[datetime], int]
    over: Callable[[datetime], bool]


def _place(there: datetime) -> int:
    return int((there - EPOCH).total_seconds())


UNITS = (
    _Unit(
        lambda cron, there: there.month in cron.month.values,
        lambda there: second(there.replace(day=1, hour=0, minute=0)),
        lambda there: second(there, months=1),
        lambda there: there.month == 1,
    ),
    _Unit(
        lambda cron, there: cron.right_day(there.day, there.isoweekday() % 7),
        lambda there: second(there.replace(hour=0, minute=0)),
        lambda there: second(there, days=1),
        lambda there: there.day == 1,
    ),
    _Unit(
        lambda cron, there: there.hour in cron.hour.values,
        lambda there: second(there.replace(minute=0)),
        lambda there: _place(there) + 3600,
        lambda there: there.hour == 0,
    ),
    _Unit(
        lambda cron, there: there.minute in cron.minute.values,
        lambda there: _place(there) // 60 * 60,
        lambda there: _place(there) + 60,
        lambda there: there.minute == 0,
    ),
    _Unit(
        lambda cron, there: there.second in cron.second.values,
        _place,
        lambda there: _place(there) + 1,
        lambda there: there.second == 0,
    ),
)


def _rounded(moment: datetime) -> int:
    return _half_up((moment - EPOCH).total_seconds())


def _half_up(seconds: float) -> int:
    return math.floor(seconds + 0.5)
