"""What a case gives: measured values, what they are held against, and what was hoped for."""

import statistics
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct


class Sample(Struct, frozen=True):
    """Repeated measurements of one thing; the median stands for them."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)


class Goal(Struct, frozen=True):
    """What was hoped for: a bound on the ratio to the baseline, or on our own value."""

    of: Literal["ratio", "value"]
    bound: Literal["at least", "at most"]
    number: float

    def met(self, found: float) -> bool:
        """Whether a ratio or a value is within the bound."""
        return found >= self.number if self.bound == "at least" else found <= self.number


class Row(Struct, frozen=True):
    """One line of the table."""

    case: str
    what: str
    unit: str
    ours: Sample
    against: str = ""
    theirs: Sample | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Median of ours to the median of theirs."""
        return (
            None if self.theirs is None or not self.theirs.median else self.ours.median / self.theirs.median
        )

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None where there is none."""
        if self.goal is None:
            return None
        found = self.ratio if self.goal.of == "ratio" else self.ours.median
        return None if found is None else self.goal.met(found)


class Scale(Struct, frozen=True):
    """How much is measured: enough to tell something, or a smoke."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """One of two numbers."""
        return quick if self.quick else full

    @property
    def durabilities(self) -> tuple[str, ...]:
        """Where both say nearly the same, a smoke takes the default alone."""
        return ("power",) if self.quick else ("power", "process")

    def rounds(self, count: int, names: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Every name once a round, in turned order each time, so that a neighbour's noise hits all alike."""
        for number in range(count):
            yield from ((number, name) for name in (names if number % 2 else reversed(names)))


class Skipped(Exception):
    """A case that cannot run here, and why."""


def sample(values: Sequence[float]) -> Sample:
    """Measurements as a sample."""
    return Sample(tuple(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of the others do not exceed.

    >>> percentile([4, 1, 3, 2], 50), percentile([4, 1, 3, 2], 99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__int__() - 1)]
