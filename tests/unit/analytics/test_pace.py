"""How fast a reader comes along, and for how long still, by its own batches."""

import pytest

from analytics.ingest.pace import OVER, Pace


def test_who_is_near_tells_nothing():
    pace = Pace(100)
    for at in range(10):
        assert pace.wrote(float(at), 100, 200) is None
        assert pace.progress(float(at)) is None


def test_what_is_left_takes_as_long_as_its_speed_says_though_more_comes_meanwhile():
    pace = Pace(100)
    # 100 rows are read each second and 40 come: the way gets 60 shorter.
    for second in range(5):
        pace.wrote(float(second), 100, 1000 - 60 * second)
    told = pace.progress(4.0)
    assert told is not None
    assert (told.rows, told.rows_per_s, told.behind) == (400, 100.0, 760)
    assert told.seconds_left == pytest.approx(760 / 60, abs=0.1)


def test_where_as_much_comes_as_is_read_no_end_is_promised():
    pace = Pace(100)
    for second in range(5):
        pace.wrote(float(second), 100, 1000)
    told = pace.progress(4.0)
    assert told is not None
    assert (told.rows_per_s, told.seconds_left) == (100.0, None)


def test_the_speed_is_that_of_now_and_falls_while_nothing_is_written():
    pace = Pace(100)
    for second in range(30):
        pace.wrote(float(second), 1000, 100_000 - 1000 * second)
    for second in range(30, 60):
        pace.wrote(float(second), 10, 70_000 - 10 * second)
    now, later = pace.progress(59.0), pace.progress(59.0 + 9 * OVER)
    assert now is not None
    assert later is not None
    assert now.rows_per_s == pytest.approx(10, rel=0.2)
    assert later.rows_per_s == pytest.approx(1, rel=0.2)


def test_the_end_says_how_much_it_was_and_the_next_time_begins_anew():
    pace = Pace(100)
    pace.wrote(0.0, 100, 300)
    assert pace.wrote(1.0, 100, 150) is None
    assert pace.wrote(2.0, 100, 50) == (200, 2.0)
    assert pace.progress(2.0) is None
    pace.wrote(9.0, 100, 300)
    assert pace.progress(9.0) is None
