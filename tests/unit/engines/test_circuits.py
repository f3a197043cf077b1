"""An engine in error gets one task to try, comes back when it does it, and goes again when it fails again."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.engines.coordinator import circuits
from functions.ports import Circuit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BAD = "20 % of its recent tasks completed"


def after(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def out():
    return circuits.seen(Circuit(), BAD, NOON)


def test_an_engine_whose_figures_are_bad_goes_out_of_service_once(out):
    assert (out.open, out.reason, out.since) == (True, BAD, NOON)
    assert circuits.seen(out, BAD, after(5)) == out


def test_trials_come_one_after_the_other(out):
    assert not circuits.trial_due(out, 10, after(9))
    assert circuits.trial_due(out, 10, after(10))
    assert not circuits.trial_due(circuits.tried(out, after(10)), 10, after(19))
    assert not circuits.trial_due(Circuit(), 10, after(99))


def test_a_trial_that_fails_keeps_it_out(out):
    again = circuits.failed(out, "handler_failed: no", after(10))
    assert (again.open, again.reason, circuits.trial_due(again, 10, after(19))) == (
        True, "handler_failed: no", False,
    )  # fmt: skip


def test_a_trial_that_does_well_brings_it_back_though_old_failures_are_still_counted(out):
    back = circuits.succeeded(out, after(10))
    assert not back.open
    assert circuits.seen(back, BAD, after(11)) == back
    # Five minutes later nothing from before the trial is in the figures: they are believed again.
    assert circuits.seen(back, BAD, after(10 + 301)).open


def test_one_that_fails_three_times_in_a_row_after_it_came_back_goes_out_again(out):
    own = circuits.succeeded(out, after(10))
    own = circuits.failed(circuits.failed(own, "no", after(11)), "no", after(12))
    assert not own.open
    assert circuits.failed(circuits.succeeded(own, after(13)), "no", after(14)).failures == 1
    assert circuits.failed(own, "no", after(13)).open


def test_an_engine_whose_figures_are_good_again_is_back_without_a_trial(out):
    assert not circuits.seen(out, "", after(300)).open


def test_failures_of_a_healthy_engine_are_left_to_the_figures():
    assert circuits.failed(Circuit(), "no", NOON) == Circuit()
