"""Values as they came over the last while: their mean, their change, and how long nothing has come.

A value counts from when it was heard, by a clock that only runs forward: what a message says of its own time,
from the past, the future or another machine, moves nothing here.
"""

from collections import deque
from collections.abc import Iterator

STALE = 30.0
"""Seconds after which a value says nothing about now."""
POINTS = 1000
"""Values of a window that are kept at most."""
COVERED = 0.7
"""Part of a window that must have been seen before its mean says anything."""
MOST = 1000
"""Series of one figure: beyond, a new one takes the place of the one that was silent longest."""


class Series:
    """The values of one figure and label over `keep` seconds, and the last one before."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()

    @property
    def heard_at(self) -> float:
        """When the newest value came."""
        return self._points[-1][0]

    def add(self, at: float, value: float, keep: float) -> None:
        """A new value."""
        points = self._points
        if len(points) > 1 and at - points[-2][0] < keep / POINTS:
            points[-1] = (at, value)
        else:
            points.append((at, value))
        while len(points) > 1 and points[1][0] <= at - keep:
            points.popleft()

    def newest(self, now: float) -> float | None:
        """The newest value; None where it is stale."""
        at, value = self._points[-1]
        return value if now - at <= STALE else None

    def mean(self, window: float, now: float) -> float | None:
        """The mean of what came in a window; None where all is stale."""
        inside = [value for at, value in self._points if at > now - window]
        return sum(inside) / len(inside) if inside else self.newest(now)

    def covered(self, window: float, now: float) -> bool:
        """Whether enough of a window was seen."""
        return now - self._points[0][0] >= window * COVERED

    def per_minute(self, window: float, now: float) -> float | None:
        """How much the value has changed over a window, a minute; None where all is stale."""
        newest = self.newest(now)
        if newest is None:
            return None
        first = self._points[0][1]
        for at, value in self._points:
            if at > now - window:
                break
            first = value
        return (newest - first) * 60.0 / window


class Feed:
    """Series of many figures, each by the value of its label."""

    def __init__(self) -> None:
        self.keep: dict[str, float] = {}
        self._series: dict[str, dict[str, Series]] = {}

    def note(self, figure: str, label: str, value: float | None, now: float) -> None:
        """Hear a value."""
        if value is None or value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
            return
        known = self._series.setdefault(figure, {})
        own = known.pop(label, None)
        if own is None:
            own = Series()
            if len(known) >= MOST:
                del known[next(iter(known))]
        # The one that was heard last stands last.
        known[label] = own
        own.add(now, value, self.keep.get(figure, 0.0))

    def drop(self, figure: str, label: str) -> None:
        """Forget one series: what it was of is no more."""
        self._series.get(figure, {}).pop(label, None)

    def of(self, figure: str) -> Iterator[tuple[str, Series]]:
        """The series of a figure, with their labels."""
        yield from list(self._series.get(figure, {}).items())
