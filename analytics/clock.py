"""The time of day as far as it can be believed, for whoever throws away what is old.

A clock that jumps ahead would make everything old at once. So time is believed to go on only as fast as a
clock that never jumps, and never beyond the newest message that the server has stored. What is further ahead
is believed when it has been so for a day: a program that was switched off for a month is right about that.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from analytics.store import Statement, Store
from subjects import codec

log = structlog.get_logger()

SLACK = timedelta(minutes=5)
"""What a clock may be set ahead without being doubted."""
HELD = 86_400.0
"""Seconds after which a time that is further ahead is believed."""

_KNOWN = """
SELECT coalesce((SELECT max(believed_at) FROM clock), (SELECT max(stored_at) FROM positions))
"""
_KEEP = "INSERT OR REPLACE INTO clock VALUES (true, $at)"


class Belief(Struct, frozen=True):
    """The time that was believed `at` a moment of the steady clock, and since when there is a doubt."""

    at: datetime
    steady: float
    doubted: float | None = None


def stepped(belief: Belief, seen: datetime, steady: float) -> Belief:
    """What is believed when a clock shows `seen`.

    >>> noon = datetime(2030, 1, 1, 12)
    >>> stepped(Belief(noon, 0.0), datetime(2030, 1, 1, 13), 3600.0).at.hour
    13
    >>> doubtful = stepped(Belief(noon, 0.0), datetime(2031, 1, 1), 60.0)
    >>> f"{doubtful.at:%Y %H:%M}", f"{stepped(doubtful, datetime(2031, 1, 2), 60.0 + HELD).at:%Y}"
    ('2030 12:01', '2031')
    """
    passed = belief.at + timedelta(seconds=max(0.0, steady - belief.steady))
    if seen <= passed + SLACK:
        return Belief(max(belief.at, seen), steady)
    doubted = steady if belief.doubted is None else belief.doubted
    if steady - doubted >= HELD:
        return Belief(seen, steady)
    return Belief(passed, steady, doubted)


class Clock:
    """Tells the time that is believed; `keep` writes it down, so that a start does not begin anew."""

    def __init__(self, store: Store, steady: Callable[[], float] | None = None) -> None:
        self._store = store
        self._steady = steady or _since_boot
        self._belief: Belief | None = None

    async def believed(self) -> datetime:
        """Now, in UTC without a zone: never later than any clock says."""
        wall = codec.now().replace(tzinfo=None)
        belief = self._belief
        if belief is None:
            [[known]] = (await self._store.query(_KNOWN)).rows
            belief = Belief((known or codec.now()).replace(tzinfo=None), self._steady())
        stamps = [own.stored_at.replace(tzinfo=None) for own in self._store.reached.values() if own.stored_at]
        seen = min(wall, max(stamps, default=wall))
        self._belief = stepped(belief, seen, self._steady())
        if self._belief.doubted is not None and belief.doubted is None:
            log.warning("clock not believed", shows=seen.isoformat(), believed=self._belief.at.isoformat())
        return min(self._belief.at, wall)

    async def keep(self) -> None:
        """Write down what is believed."""
        if self._belief is not None:
            await self._store.execute(Statement(_KEEP, {"at": self._belief.at}))


def _since_boot() -> float:
    """Seconds of a clock that never jumps, and goes on while the machine sleeps where it can."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
