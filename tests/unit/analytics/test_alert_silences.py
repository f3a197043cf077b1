"""What a silence covers."""

from datetime import timedelta

import pytest

from analytics.alerts.silences import silenced
from subjects import codec
from subjects.alerts import Alert, Matcher, Silence

NOW = codec.now()
RUNG = Alert("1", "cpu", "critical", "firing", "", NOW, NOW, {"host": "build-[7]"})


def quiet(*matchers, seconds=60.0):
    own = Silence("s", [Matcher(*each) for each in matchers], NOW + timedelta(seconds=seconds), "", "", NOW)
    return silenced([own], RUNG, NOW)


@pytest.mark.parametrize(
    ("matchers", "covered"),
    [
        ([("rule", "cpu")], True),
        ([("rule", "cpu"), ("host", "web-*")], False),
        ([("host", "build-*"), ("severity", "critical")], True),
        ([("host", "build-[7]")], True),
        ([("host", "build-[*]")], True),
        ([("host", "build-?7?")], False),
        ([("team", "")], True),
        ([("host", "*" * 40 + "x")], False),
    ],
)
def test_all_matchers_must_hold_and_only_the_star_is_special(matchers, covered):
    assert quiet(*matchers) == covered


def test_it_holds_until_its_time():
    assert not quiet(("rule", "cpu"), seconds=-1)
