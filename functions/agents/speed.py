"""Whether the second of two samples of times is faster, and how sure that is. Plain values in and out."""

import random
from statistics import median
from typing import Annotated, Literal

from msgspec import Meta, Struct

Verdict = Literal["faster", "slower", "no difference seen"]

RESAMPLES = 4000
NOISY = 0.10
"""Scatter, as a share of the median, from which a report calls a measurement noisy."""


class Side(Struct, frozen=True):
    """The times of one side."""

    runs: int
    median_seconds: float
    best_seconds: float
    cpu_seconds: Annotated[float, Meta(description="Median, its child processes included.")]
    peak_bytes: Annotated[int, Meta(description="Median of the most memory that one of its processes held.")]
    scatter: Annotated[float, Meta(description="1.4826 * median absolute deviation / median.")]


class Speed(Struct, frozen=True):
    """The comparison. `ratio` is the time after over the time before: below 1 is faster."""

    verdict: Verdict
    ratio: float
    low: Annotated[float, Meta(description="Lower end of the interval of the ratio.")]
    high: float
    confidence: float
    before: Side
    after: Side


def side(runs: list[tuple[float, float, int]]) -> Side:
    """The figures of one side."""
    walls = [own[0] for own in runs]
    middle = median(walls)
    scatter = 1.4826 * median(abs(own - middle) for own in walls) / middle if middle else 0.0
    return Side(
        len(runs), round(middle, 6), round(min(walls), 6), round(median(own[1] for own in runs), 6),
        int(median(own[2] for own in runs)), round(scatter, 4),
    )  # fmt: skip


def interval(
    before: list[float], after: list[float], confidence: float = 0.95, seed: int = 1
) -> tuple[float, float]:
    """A bootstrap percentile interval of median(after) / median(before).

    Both samples are drawn anew with replacement, 4,000 times; the interval holds the middle `confidence` of
    the ratios of their medians (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
    For the median of few runs it is a little too narrow; below 5 runs nothing is claimed. The seed is fixed:
    the same times give the same interval.

    >>> low, high = interval([1.0, 1.1, 0.9, 1.0, 1.05], [0.5, 0.52, 0.49, 0.5, 0.51])
    >>> 0.4 < low < 0.5 < high < 0.6
    True
    """
    chance = random.Random(seed)  # noqa: S311 - statistics, not secrets
    ratios = sorted(
        median(chance.choices(after, k=len(after))) / max(median(chance.choices(before, k=len(before))), 1e-9)
        for _ in range(RESAMPLES)
    )
    tail = (1 - confidence) / 2
    return ratios[int(tail * RESAMPLES)], ratios[min(RESAMPLES - 1, int((1 - tail) * RESAMPLES))]


def compared(
    before: list[tuple[float, float, int]],
    after: list[tuple[float, float, int]],
    least: float,
    confidence: float,
) -> Speed:
    """The verdict: a difference counts where the whole interval lies beyond `least`, and from 5 runs on."""
    low, high = interval([own[0] for own in before], [own[0] for own in after], confidence)
    verdict: Verdict = "no difference seen"
    if min(len(before), len(after)) >= 5:
        verdict = "faster" if high < 1 - least else "slower" if low > 1 + least else verdict
    first, second = side(before), side(after)
    ratio = second.median_seconds / max(first.median_seconds, 1e-9)
    return Speed(verdict, round(ratio, 4), round(low, 4), round(high, 4), confidence, first, second)
