"""An alert rings once, ends once, and nothing about clocks or numbers makes it flutter."""

import math
from datetime import timedelta

import pytest

from analytics.alerts.machine import Case, Moment, Reading, stepped
from subjects import codec
from subjects.alerts import Rule

NOON = codec.from_ns(10**18)
HOST = {"host": "node-1"}


class Watch:
    """One case, carried from one look to the next, with a clock that is moved by hand."""

    def __init__(self, alert=None, pending=None, **rule):
        self.rule = Rule(name="cpu", **{"expression": "cpu", "limit": 80.0, **rule})
        self.alert, self.pending = alert, pending
        self.steady = 0.0
        self.wall = NOON
        self.told = []

    def see(self, value, after=1.0, settled=True, silenced=False):
        self.steady += after
        self.wall += timedelta(seconds=after)
        case = Case(self.rule, "abc", self.alert, self.pending, silenced)
        step = stepped(case, Reading(HOST, value, settled), Moment(self.steady, self.wall))
        self.pending = step.pending
        if step.forget:
            self.alert = None
        if step.change is not None:
            self.alert = step.change
            self.told.append(step.change)
        return [(alert.state, alert.severity) for alert in self.told]


def test_it_rings_beyond_the_limit_and_not_on_it():
    watch = Watch()
    assert watch.see(80.0) == []
    assert watch.see(80.1) == [("firing", "warning")]
    assert watch.told[0].summary == "cpu: 80.1, limit 80"
    assert (watch.told[0].value, watch.told[0].threshold, watch.told[0].labels) == (80.1, 80.0, HOST)


def test_a_value_that_jitters_around_the_limit_rings_once():
    watch = Watch()
    for turn in range(500):
        watch.see(80.0 + (1.5 if turn % 2 else -1.5))
    assert [alert.state for alert in watch.told] == ["firing"]
    assert watch.see(72.0)[-1] == ("resolved", "warning")


def test_a_value_that_jitters_around_the_clear_level_ends_once():
    watch = Watch()
    watch.see(95.0)
    for turn in range(500):
        watch.see(72.0 + (1.5 if turn % 2 else -1.5))
    assert [alert.state for alert in watch.told] == ["firing", "resolved"]


def test_it_must_hold_for_as_long_as_the_rule_says_without_a_break():
    watch = Watch(duration=10.0)
    watch.see(90.0)
    assert watch.see(90.0, after=9.9) == []
    watch.see(70.0)
    assert watch.see(90.0) == []
    assert watch.see(90.0, after=9.9) == []
    assert watch.see(90.0, after=0.1) == [("firing", "warning")]


def test_a_jump_of_the_time_of_day_neither_rings_nor_ends_anything():
    watch = Watch(duration=10.0)
    watch.see(90.0)
    watch.wall += timedelta(days=3)
    assert watch.see(90.0) == []
    watch.wall -= timedelta(days=9)
    assert watch.see(90.0) == []
    assert watch.see(90.0, after=10.0) == [("firing", "warning")]
    watch.wall -= timedelta(days=9)
    assert len(watch.see(90.0)) == 1


def test_a_restart_in_the_middle_goes_on_with_the_same_alert_and_tells_nothing_twice():
    before = Watch()
    before.see(95.0)
    after = Watch(alert=before.alert)
    assert after.see(None, settled=False) == []
    assert after.see(95.0) == []
    assert after.see(10.0) == [("resolved", "warning")]
    assert after.alert.id == before.told[0].id
    assert after.alert.since == before.told[0].since


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_no_number_is_no_value(value):
    assert Watch().see(value) == []
    kept = Watch(no_data="keep")
    kept.see(95.0)
    assert kept.see(value) == [("firing", "warning")]
    assert Watch(no_data="fire").see(value) == [("firing", "warning")]
    gone = Watch()
    gone.see(95.0)
    assert gone.see(value)[-1] == ("resolved", "warning")


def test_it_grows_critical_and_calm_again_without_fluttering():
    watch = Watch(critical=90.0)
    assert watch.see(85.0) == [("firing", "warning")]
    for turn in range(100):
        watch.see(90.0 + (0.5 if turn % 2 else -0.5))
    assert watch.see(90.0) == [("firing", "warning"), ("firing", "critical")]
    assert watch.see(81.0)[2:] == [("firing", "warning")]
    assert watch.see(60.0)[3:] == [("resolved", "warning")]
    assert len({alert.id for alert in watch.told}) == 1


def test_what_was_acknowledged_rings_again_when_it_grows_critical():
    watch = Watch(critical=90.0)
    watch.see(85.0)
    watch.alert = type(watch.alert)(
        **{
            name: getattr(watch.alert, name)
            for name in watch.alert.__struct_fields__
            if name not in {"state", "acknowledged_by"}
        },
        state="acknowledged",
        acknowledged_by="ada",
    )
    assert watch.see(86.0)[1:] == []
    assert watch.see(95.0)[1:] == [("firing", "critical")]
    assert watch.alert.acknowledged_by is None


def test_what_was_ended_by_hand_rings_again_only_after_it_was_well():
    watch = Watch()
    watch.see(95.0)
    fields = {name: getattr(watch.alert, name) for name in watch.alert.__struct_fields__}
    watch.alert = type(watch.alert)(**{**fields, "state": "resolved", "resolved_by": "ada"})
    assert len(watch.see(95.0)) == 1
    assert len(watch.see(75.0)) == 1
    assert len(watch.see(95.0)) == 1
    watch.see(50.0)
    assert len(watch.see(95.0)) == 2
    assert watch.told[0].id != watch.told[1].id


def test_a_limit_from_below_works_the_other_way_round():
    watch = Watch(side="below", limit=50.0, critical=20.0)
    assert watch.see(50.0) == []
    assert watch.see(49.0) == [("firing", "warning")]
    assert watch.see(20.0)[1:] == [("firing", "critical")]
    assert watch.see(54.9)[2:] == [("firing", "warning")]
    assert watch.see(55.0)[3:] == [("resolved", "warning")]


def test_a_silence_is_told_and_its_end_too():
    watch = Watch()
    watch.see(95.0, silenced=True)
    watch.see(95.0, silenced=True)
    watch.see(95.0)
    assert [alert.silenced for alert in watch.told] == [True, False]
