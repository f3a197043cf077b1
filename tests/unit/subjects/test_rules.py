"""Rules of alerting are checked before they hold."""

import pytest
from msgspec import structs

from subjects import errors, rules
from subjects.alerts import Rule
from subjects.rules import checked


def test_every_default_makes_sense_and_is_named_once():
    assert [checked(rule).name for rule in rules.DEFAULTS] == list(rules.DEFAULT_RULES)
    limits = {name: rules.DEFAULT_RULES[name].limit for name in ("cpu", "memory", "disk")}
    assert limits == {"cpu": 80, "memory": 85, "disk": 90}
    assert (rules.DEFAULT_RULES["cpu"].critical, rules.DEFAULT_RULES["memory"].critical) == (90, 95)
    assert rules.DEFAULT_RULES["disk"].severity == "critical"
    assert (rules.DEFAULT_RULES["response_time"].limit, rules.DEFAULT_RULES["error_rate"].limit) == (5000, 5)


def test_the_environment_moves_a_limit_and_nothing_else():
    moved = rules.defaults({"cpu": 60.0})["cpu"]
    assert (moved.limit, moved.critical, moved.cleared) == (60.0, 90, 54.0)
    assert structs.replace(moved, limit=80) == rules.DEFAULT_RULES["cpu"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expression": "cpuu"}, "is no figure; there are cpu, memory"),
        ({"limit": float("nan")}, "finite"),
        ({"critical": 10.0}, "good side"),
        ({"clear": 81.0}, "beyond the limit"),
        ({"kind": "rate"}, "needs a window"),
        ({"kind": "absence", "expression": "a b"}, "no kind of measurement"),
        ({"kind": "absence", "expression": "system", "limit": 0.0}, "seconds"),
        ({"kind": "sql", "expression": "  "}, "no SQL"),
        ({"by": ["queue"]}, "named query"),
        ({"labels": {"a b": "c"}}, "no label"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(changes, reason):
    rule = Rule(**{"name": "own", "expression": "cpu", "limit": 80.0, **changes})
    with pytest.raises(errors.InvalidRequest, match=reason):
        checked(rule)
