"""How a reader that is far behind comes along: rows, rows a second, what is left, and for how long still."""

from collections import deque
from typing import NamedTuple

from msgspec import Struct

OVER = 10.0
"""Seconds over which speed is measured: what was read before says little about what comes."""
POINTS = 1000


class Progress(Struct, frozen=True):
    """How it goes. `seconds_left` is None where as much comes as is read: that never ends."""

    rows: int
    rows_per_s: float
    behind: int
    seconds_left: float | None


class _Point(NamedTuple):
    at: float
    rows: int
    behind: int


class Pace:
    """Watches one reader. It is catching up from more than two batches behind until less than one is left.

    >>> pace = Pace(100)
    >>> for at, behind in ((0.0, 1000), (0.5, 900), (1.0, 800)):
    ...     pace.wrote(at, 100, behind)
    >>> pace.progress(1.0)
    Progress(rows=200, rows_per_s=200.0, behind=800, seconds_left=4.0)
    """

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._points: deque[_Point] = deque(maxlen=POINTS)
        self._since: float | None = None

    def wrote(self, at: float, rows: int, behind: int) -> tuple[int, float] | None:
        """A batch is written. Rows and seconds of the whole way, where that ends with it."""
        if self._since is None:
            # How long the first batch took is not known: the reader may have waited for it.
            if behind > 2 * self._batch:
                self._since = at
                self._points.append(_Point(at, 0, behind))
            return None
        total = self._points[-1].rows + rows
        if behind < self._batch:
            took = at - self._since
            self._since = None
            self._points.clear()
            return total, took
        self._points.append(_Point(at, total, behind))
        while at - self._points[0].at > OVER and len(self._points) > 2:
            self._points.popleft()
        return None

    def progress(self, at: float) -> Progress | None:
        """How it goes at this time; None for who is not catching up, or has begun to just now."""
        if len(self._points) < 2:
            return None
        first, last = self._points[0], self._points[-1]
        seconds = max(at - first.at, 1e-6)
        nearer = (first.behind - last.behind) / seconds
        left = last.behind / nearer if nearer > 0 else None
        return Progress(
            last.rows,
            round((last.rows - first.rows) / seconds, 1),
            last.behind,
            None if left is None else round(left, 1),
        )
