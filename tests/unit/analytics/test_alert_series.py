"""What came over the last while, by a clock that is moved by hand."""

import math

from analytics.alerts.series import MOST, POINTS, Feed, Series


def test_a_mean_counts_what_came_in_the_window():
    series = Series()
    for second, value in enumerate([0.0, 100.0, 50.0]):
        series.add(second, value, 10.0)
    assert series.mean(10.0, 2.0) == 50.0
    assert series.mean(1.5, 2.0) == 75.0
    assert not series.covered(10.0, 2.0)
    assert series.covered(10.0, 7.0)


def test_a_rate_is_the_change_a_minute_over_the_whole_window():
    series = Series()
    for second in range(0, 121, 5):
        series.add(second, second * 2.0, 60.0)
    assert series.per_minute(60.0, 120.0) == 120.0
    flat = Series()
    flat.add(0.0, 7.0, 60.0)
    assert flat.per_minute(60.0, 1.0) == 0.0


def test_a_counter_that_was_still_for_long_has_no_rate_though_old_values_are_gone():
    series = Series()
    series.add(0.0, 1.0, 60.0)
    for second in range(100, 200, 5):
        series.add(second, 5.0, 60.0)
    assert series.per_minute(60.0, 195.0) == 0.0


def test_an_old_value_says_nothing_about_now():
    series = Series()
    series.add(0.0, 99.0, 10.0)
    assert (series.newest(30.0), series.newest(30.1), series.mean(10.0, 31.0)) == (99.0, None, None)


def test_a_million_values_and_ten_thousand_labels_take_no_more_room_than_is_said():
    series = Series()
    for turn in range(20_000):
        series.add(turn * 0.01, 1.0, 10.0)
    assert len(series._points) <= POINTS + 2
    feed = Feed()
    for number in range(10_000):
        feed.note("cpu", f"host-{number}", 1.0, float(number))
    assert len(list(feed.of("cpu"))) == MOST
    assert next(iter(feed.of("cpu")))[0] == f"host-{10_000 - MOST}"


def test_what_is_no_number_is_not_heard():
    feed = Feed()
    for value in (math.nan, math.inf, None):
        feed.note("cpu", "a", value, 1.0)
    assert list(feed.of("cpu")) == []
