"""Values with labels, of which there are never more than a bound."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Labels = tuple[str, ...]
"""The values of a family's labels, in its order."""

OTHER = "other"
"""Stands for all label values beyond the bound."""
MOST = 200
"""Label sets of one family. 10,000 queues must cost a scraper no more than 200 do."""

Reading = tuple[str, Iterable[tuple[Labels, float]]]
"""Name of a family and the values that were read for it."""


class Sample(NamedTuple):
    """One line: `suffix` and `bound` where it is one of a histogram's."""

    labels: Labels
    value: float
    suffix: str = ""
    bound: str = ""


class Capped:
    """Adds up by labels; the first `most` label sets are kept apart, all later ones are added to `other`.

    >>> counted = Capped(1)
    >>> for name in ("a", "b", "c", "a"):
    ...     counted.add((name,))
    >>> [(own.labels, own.value) for own in counted.samples()]
    [(('a',), 2.0), (('other',), 2.0)]
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._values: dict[Labels, float] = {}

    def add(self, labels: Labels, value: float = 1.0) -> None:
        """One more."""
        key = labels if labels in self._values or len(self._values) < self._most else (OTHER,) * len(labels)
        self._values[key] = self._values.get(key, 0.0) + value

    def samples(self) -> Iterator[Sample]:
        """What was added up, by labels."""
        for labels, value in sorted(self._values.items()):
            yield Sample(labels, value)


class Histogram:
    """Counts by label and bucket, for the same number of label sets."""

    def __init__(self, bounds: tuple[float, ...], most: int = MOST) -> None:
        self._bounds = bounds
        self._most = most
        self._rows: dict[Labels, list[float]] = {}

    def add(self, labels: Labels, value: float) -> None:
        """One measurement."""
        row = self._rows.get(labels)
        if row is None:
            key = labels if len(self._rows) < self._most else (OTHER,) * len(labels)
            row = self._rows.setdefault(key, [0.0] * (len(self._bounds) + 2))
        # The last but one is what lies above all bounds, the last is the sum.
        row[bisect_left(self._bounds, value)] += 1
        row[-1] += value

    def samples(self) -> Iterator[Sample]:
        """Buckets count what is at most their bound."""
        for labels, row in sorted(self._rows.items()):
            below = 0.0
            for bound, count in zip(self._bounds, row, strict=False):
                below += count
                yield Sample(labels, below, "_bucket", repr(bound))
            below += row[-2]
            yield Sample(labels, below, "_bucket", "+Inf")
            yield Sample(labels, below, "_count")
            yield Sample(labels, row[-1], "_sum")


def bounded(values: Iterable[tuple[Labels, float]], most: int = MOST) -> list[tuple[Labels, float]]:
    """The largest values; all others added up under `other`.

    >>> bounded([(("a",), 1.0), (("b",), 3.0), (("c",), 2.0)], most=1)
    [(('b',), 3.0), (('other',), 3.0)]
    """
    ordered = sorted(values, key=lambda own: (-own[1], own[0]))
    if len(ordered) <= most:
        return sorted(ordered)
    rest = sum(value for _, value in ordered[most:])
    return [*sorted(ordered[:most]), ((OTHER,) * len(ordered[0][0]), rest)]
