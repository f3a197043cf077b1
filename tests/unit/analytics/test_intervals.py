"""Intervals beside values from the literature, and what is said of few or equal numbers."""

import math
import random

import pytest

from analytics.insight.intervals import Logs, between, concentration, factors, newcombe, rate, shares, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17: 857-872, table I, method 3.
    [(81, 263, 25.5, 36.6), (15, 148, 6.2, 16.0), (0, 20, 0.0, 16.1), (1, 29, 0.6, 17.2)],
)
def test_the_interval_of_a_share_is_that_of_the_literature(count, of, low, high):
    assert wilson(count, of) == pytest.approx((low, high), abs=0.06)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17: 873-890, table II, method 10.
    [((56, 70), (48, 80), 5.2, 33.4), ((9, 10), (3, 10), 17.1, 80.9), ((10, 10), (0, 10), 60.75, 100.0)],
)
def test_the_interval_of_a_difference_is_that_of_the_literature(now, before, low, high):
    assert newcombe(now, before)[1:] == pytest.approx((low, high), abs=0.06)


def test_nothing_has_no_share_and_few_are_called_few():
    assert (rate(0, 0).percent, rate(0, 0).interval) == (None, None)
    assert (rate(9, 9).enough, rate(9, 10).enough) == (False, True)


def test_a_trend_is_told_only_beyond_noise_and_with_ten_on_both_sides():
    assert shares((9, 9), (1, 9)).verdict == "not enough"
    assert shares((90, 100), (85, 100)).verdict == "same"
    assert shares((50, 100), (90, 100)).verdict == "worse"
    assert shares((99, 100), (80, 100)).verdict == "better"


def logs(middle, seed, count=200):
    chance, made = random.Random(seed), Logs()
    drawn = [math.log(middle) + chance.gauss(0, 1) for _ in range(count)]
    made.add(count, sum(drawn), sum(value * value for value in drawn))
    return made


def test_times_are_worse_when_they_doubled_and_the_same_when_only_chance_differs():
    assert factors(logs(200, 1), logs(100, 2)).verdict == "worse"
    assert factors(logs(50, 1), logs(100, 2)).verdict == "better"
    assert factors(logs(100, 1, 9), logs(900, 2)).verdict == "not enough"
    # Of 200 comparisons without a difference about one in twenty may be called one.
    wrong = sum(factors(logs(100, 2 * n), logs(100, 2 * n + 1)).verdict != "same" for n in range(200))
    assert wrong <= 20


def test_a_percentile_has_no_bound_where_nothing_that_large_was_seen():
    steps = {n: float(n) for n in range(101)}
    assert between(steps, 0.5, 100) == [40.0, 60.0]
    assert between(steps, 0.95, 20) == [85.0, None]
    assert between(steps, 0.5, 9) is None


def test_concentration_needs_ten_tasks_and_two_functions():
    assert concentration({"a": 9}, 4) is None
    assert concentration({"a": 90}, 1) is None
    assert concentration({"a": 90, "b": 10}, 2) == pytest.approx(1 - 0.469, abs=0.01)
