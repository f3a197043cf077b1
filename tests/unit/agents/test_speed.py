"""Verdicts on times, and what is slow where it stands in a loop."""

import ast
import random

import pytest

from functions.agents import hotpaths, speed
from functions.agents.hotloops import rows_of
from functions.agents.hotpaths import Profiled


def times(middle, scatter, count, seed):
    chance = random.Random(seed)
    return [(max(1e-6, chance.gauss(middle, scatter)), 0.1, 1000) for _ in range(count)]


def test_a_clear_change_is_seen_in_its_direction():
    slow, fast = times(1.0, 0.05, 12, 1), times(0.7, 0.05, 12, 2)
    assert speed.compared(slow, fast, 0.02, 0.95).verdict == "faster"
    assert speed.compared(fast, slow, 0.02, 0.95).verdict == "slower"


def test_noise_is_no_difference_in_at_least_nine_of_ten():
    verdicts = [
        speed.compared(times(1.0, 0.1, 15, seed), times(1.0, 0.1, 15, seed + 100), 0.02, 0.95).verdict
        for seed in range(20)
    ]
    assert verdicts.count("no difference seen") >= 18


def test_four_pairs_claim_nothing():
    assert speed.compared([(1.0, 1, 1)] * 4, [(0.1, 1, 1)] * 4, 0.02, 0.95).verdict == "no difference seen"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("seen = []\nfor x in xs:\n    if x in seen: pass", "list-membership-in-loop", 3),
        ("def f(seen: list[int]):\n  return [x for x in y if x in seen]", "list-membership-in-loop", 2),
        ("text = ''\nwhile go:\n    text += line", "string-concatenation-in-loop", 3),
        ("out = []\nfor x in xs:\n    out = out + [x]", "list-copied-in-loop", 3),
        ("for x in xs:\n    re.compile(p)", "regex-compiled-in-loop", 2),
        ("for x in xs:\n    y = sorted(table)", "sorted-in-loop", 2),
        ("todo = [1]\nwhile todo:\n    todo.pop(0)", "list-front-in-loop", 3),
        ("for x in xs:\n    cursor.execute(q, x)", "query-in-loop", 2),
        ("for x in xs:\n    open(x)", "file-opened-in-loop", 2),
        ("for x in xs:\n    for y in xs:\n        pass", "nested-loop", 2),
        ("order = list(xs)\nfor x in xs:\n    order.index(x)", "list-search-in-loop", 3),
    ],
)
def test_what_is_slow_in_a_loop_is_seen(text, rule, line):
    assert (rule, line) in {own[:2] for own in rows_of(ast.parse(text))}


@pytest.mark.parametrize(
    "text",
    [
        "seen = set()\nfor x in xs:\n    if x in seen: pass",
        "seen = []\nseen = set(seen)\nfor x in xs:\n    if x in seen: pass",
        "seen = []\nif x in seen: pass",
        "seen = []\nfor x in xs:\n    def later():\n        return x in other",
        "for y in sorted(xs):\n    pass",
        "for x in xs:\n    y = sorted(x)",
        "total = 0\nfor x in xs:\n    total += x",
        "pattern = re.compile(p)\nfor x in xs:\n    pattern.match(x)",
    ],
)
def test_what_is_fine_is_left_alone(text):
    assert list(rows_of(ast.parse(text))) == []


def test_a_slow_thing_in_a_cold_loop_is_no_finding():
    rules = {"a.py": [("list-membership-in-loop", 3, 3, "seen", 2, 4)]}
    cold = Profiled(lines=[("a.py", 30, 0.99, 0.99), ("a.py", 3, 0.001, 0.001)])
    hot = Profiled(lines=[("a.py", 4, 0.4, 0.4), ("a.py", 3, 0.1, 0.1)])
    assert hotpaths.findings_of(cold, rules, None, "") == []
    (finding,) = hotpaths.findings_of(hot, rules, None, "")
    assert (finding.line, finding.severity) == (3, "medium")
    assert "50 % of the time" in finding.message


def test_calls_stand_with_their_functions_and_the_hottest_comes_first():
    own = Profiled(
        functions=[("a", "a.py", 1, 0.1, 0.9), ("b", "a.py", 5, 0.8, 0.8)], calls=[("b", "a.py", 5, 42)]
    )
    assert [(row.function, row.calls) for row in hotpaths.functions_of(own)] == [("b", 42), ("a", None)]
