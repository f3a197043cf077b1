from datetime import UTC, datetime, timedelta

import pytest

from subjects import cron, errors

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def due(pattern, until=DAY, **options):
    return list(cron.due(pattern, NOON, NOON + until, **options))


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("0 0 * * * *", 24),
        ("@hourly", 24),
        ("@daily", 1),
        ("30 */15 * * * *", 96),
        ("0 0 9-17/4 * * *", 3),
        ("0,30 0 0 * * *", 2),
        ("0 0 0 1 1 *", 0),
        ("0 0 0 * * sun", 1),
        ("0 0 0 * mar *", 1),
        ("@every 1h30m", 16),
    ],
)
def test_a_pattern_fires_so_often_in_a_day(pattern, count):
    assert len(due(pattern)) == count


def test_where_day_and_weekday_are_given_one_is_enough():
    assert len(due("0 0 0 29 * mon", timedelta(days=3))) == 2


def test_a_zone_counts_with_its_summer_time():
    # In the night to the 29th of March 2026 Berlin goes from UTC+1 to UTC+2.
    moments = due("0 0 12 * * *", timedelta(days=2), zone="Europe/Berlin")
    assert [moment.hour for moment in moments] == [10, 10]


def test_a_span_counts_from_its_origin():
    origin = NOON - timedelta(seconds=30)
    assert due("@every 60s", timedelta(minutes=1), origin=origin) == [NOON + timedelta(seconds=30)]


def test_what_is_no_pattern_is_an_error():
    with pytest.raises(errors.InvalidRequest, match="second 'x'"):
        due("x 0 0 * * *")
