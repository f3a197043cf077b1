"""What small numbers allow to be said: shares, differences and factors, each with an interval of 95 %.

>>> wilson(9, 10)
(59.6, 98.2)
>>> newcombe((90, 100), (70, 100))
(20.0, 9.0, 30.6)
"""

import math
from collections.abc import Mapping

from subjects.insight import Change, Rate, Verdict

Z = 1.959964
"""Of the normal distribution, for 95 %."""
ENOUGH = 10
"""Below so many of anything nothing is concluded from it."""

Part = tuple[int, int]
"""So many of so many."""


def wilson(count: int, of: int) -> tuple[float, float]:
    """The interval of a share, in percent (Wilson 1927): honest also near 0 and 100, and for few."""
    low, high = _wilson(count, of)
    return round(low, 1), round(high, 1)


def _wilson(count: int, of: int) -> tuple[float, float]:
    share, scale = count / of, 1 + Z * Z / of
    middle = (share + Z * Z / (2 * of)) / scale
    half = Z / scale * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def rate(count: int, of: int) -> Rate:
    """A share with its interval; without either where there is nothing."""
    if of == 0:
        return Rate(None, 0, 0, None, enough=False)
    return Rate(round(100 * count / of, 2), count, of, list(wilson(count, of)), enough=of >= ENOUGH)


def newcombe(now: Part, before: Part) -> tuple[float, float, float]:
    """The difference of two shares in points, and its interval (Newcombe 1998, method 10)."""
    (one, two), (first, second) = (100 * now[0] / now[1], 100 * before[0] / before[1]), (now, before)
    (low1, high1), (low2, high2) = _wilson(*first), _wilson(*second)
    gap = one - two
    low = gap - math.hypot(one - low1, high2 - two)
    high = gap + math.hypot(high1 - one, two - low2)
    return round(gap, 1), round(low, 1), round(high, 1)


def shares(now: Part, before: Part) -> Change:
    """Whether a share is higher than it was, by more than noise."""
    one, two = rate(*now).percent, rate(*before).percent
    if min(now[1], before[1]) < ENOUGH:
        return Change(one, two, None, None, "not enough")
    gap, low, high = newcombe(now, before)
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "same"
    return Change(one, two, gap, [low, high], verdict)


class Logs:
    """Times as the number, sum and sum of squares of their logarithms: what a mean and its error need."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.squares = 0.0

    def add(self, count: int, total: float | None, squares: float | None) -> None:
        """Add those of a group."""
        self.count += count
        self.total += total or 0.0
        self.squares += squares or 0.0

    @property
    def mean(self) -> float | None:
        """The geometric mean, in milliseconds."""
        return round(math.exp(self.total / self.count), 2) if self.count else None

    @property
    def error(self) -> float:
        """The variance of the mean of the logarithms."""
        spread = self.squares - self.total * self.total / self.count
        return max(0.0, spread) / (self.count - 1) / self.count


def factors(now: Logs, before: Logs) -> Change:
    """By which factor times are longer than they were, and whether that is more than noise.

    Times are skewed, so their logarithms are compared: Welch's interval of two means, with the normal
    distribution in the place of Student's, which for ten or more is a little too narrow.
    """
    if min(now.count, before.count) < ENOUGH:
        return Change(now.mean, before.mean, None, None, "not enough")
    gap = now.total / now.count - before.total / before.count
    half = Z * math.sqrt(now.error + before.error)
    low, high = math.exp(gap - half), math.exp(gap + half)
    verdict: Verdict = "better" if high < 1 else "worse" if low > 1 else "same"
    interval: list[float | None] = [round(low, 3), round(high, 3)]
    return Change(now.mean, before.mean, round(math.exp(gap), 3), interval, verdict)


def around(share: float, count: int) -> tuple[int, int]:
    """The two percentiles that the interval of a percentile lies between.

    >>> around(0.5, 100)
    (40, 60)
    """
    half = Z * math.sqrt(share * (1 - share) / count)
    return math.floor(100 * (share - half)), math.ceil(100 * (share + half))


def between(percentiles: Mapping[int, float] | None, share: float, count: int) -> list[float | None] | None:
    """The interval of a percentile, read from the others (Conover 1999, 3.2); null beyond what was seen."""
    if not percentiles or count < ENOUGH:
        return None
    low, high = around(share, count)
    return [
        round(percentiles[low], 2) if low >= 0 else None,
        round(percentiles[high], 2) if high <= 100 else None,
    ]


def concentration(tasks: Mapping[str, int], known: int) -> float | None:
    """How far work is from being spread evenly over all known functions: 0 to 1.

    1 - H / ln(known), with H Shannon's entropy and the correction for few tasks of Miller (1955); H / ln is
    the evenness of Pielou (1966).

    >>> concentration({"a": 50}, 4), concentration({"a": 25, "b": 25, "c": 25, "d": 25}, 4)
    (1.0, 0.0)
    """
    whole = sum(tasks.values())
    if whole < ENOUGH or known < 2:
        return None
    entropy = -sum(count / whole * math.log(count / whole) for count in tasks.values())
    entropy += (len(tasks) - 1) / (2 * whole)
    return round(min(1.0, max(0.0, 1 - entropy / math.log(known))), 3)
