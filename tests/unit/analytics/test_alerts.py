"""Alerts begin once, end once, and do not flutter in between."""

from analytics.status.alerts import Figures, changes
from subjects import codec
from subjects.agents import Thresholds

NOW = codec.from_ns(0)


def seen(judged=100, response_ms=50.0, success_rate=100.0, error_rate=0.0, agent="text"):
    return Figures(agent, judged, response_ms, success_rate, error_rate)


class Watch:
    """What fires, carried from one look to the next."""

    def __init__(self, **limits):
        self.firing = {}
        self.limits = Thresholds(**limits)

    def look(self, *figures):
        told = changes(self.firing, figures, lambda _: self.limits, NOW)
        for alert in told:
            key = (alert.agent, alert.metric)
            if alert.state == "firing":
                self.firing[key] = alert
            else:
                del self.firing[key]
        return [(alert.metric, alert.state, alert.value) for alert in told]


def test_each_threshold_fires_beyond_its_limit_and_not_on_it():
    watch = Watch()
    assert watch.look(seen(response_ms=5000.0, success_rate=85.0, error_rate=10.0)) == []
    assert watch.look(seen(response_ms=5000.1)) == [("response_ms", "firing", 5000.1)]
    assert Watch().look(seen(success_rate=84.99)) == [("success_rate", "firing", 84.99)]
    assert Watch().look(seen(error_rate=10.01)) == [("error_rate", "firing", 10.01)]


def test_one_failure_is_no_alarm_and_ten_tasks_are_enough():
    watch = Watch()
    assert watch.look(seen(judged=9, success_rate=0.0, error_rate=100.0)) == []
    assert len(watch.look(seen(judged=10, success_rate=0.0, error_rate=100.0))) == 2


def test_a_change_is_told_once():
    watch = Watch()
    assert len(watch.look(seen(error_rate=50.0))) == 1
    assert watch.look(seen(error_rate=60.0)) == []
    assert watch.look(seen(error_rate=1.0)) == [("error_rate", "resolved", 1.0)]
    assert watch.look(seen(error_rate=1.0)) == []


def test_a_figure_on_the_edge_does_not_flutter():
    watch = Watch()
    assert watch.look(seen(success_rate=84.0)) == [("success_rate", "firing", 84.0)]
    for near in (85.1, 84.9, 85.9):
        assert watch.look(seen(success_rate=near)) == []
    assert watch.look(seen(success_rate=86.0)) == [("success_rate", "resolved", 86.0)]


def test_too_few_tasks_end_no_alert_but_none_at_all_do():
    watch = Watch()
    watch.look(seen(error_rate=50.0))
    assert watch.look(seen(judged=9, error_rate=0.0)) == []
    assert watch.look() == [("error_rate", "resolved", None)]


def test_an_agent_can_have_thresholds_of_its_own():
    strict = Watch(response_ms=10.0, success_rate=100.0)
    assert strict.look(seen(response_ms=11.0, success_rate=99.9)) == [
        ("response_ms", "firing", 11.0),
        ("success_rate", "firing", 99.9),
    ]
    # A hundred percent can be reached again.
    assert strict.look(seen(response_ms=1.0)) == [
        ("response_ms", "resolved", 1.0),
        ("success_rate", "resolved", 100.0),
    ]


def test_agents_are_judged_apart():
    watch = Watch()
    assert watch.look(seen(agent="a", error_rate=50.0), seen(agent="b")) == [("error_rate", "firing", 50.0)]
    assert {agent for agent, _ in watch.firing} == {"a"}
