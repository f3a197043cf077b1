"""What is said of steps: sums, groups, reasons; and of histories that are strange."""

import math
from datetime import timedelta

import msgspec
import pytest

from analytics.prediction.answer import predict
from analytics.prediction.lane import Lane, behind
from analytics.prediction.together import correlation
from subjects.prediction import Question, Step
from tests.unit.prediction.made import NOW, history, learned, row

START = NOW - timedelta(days=3)


def of(rows, *steps, lanes=None, priority=None):
    return predict(Question(list(steps), priority), learned(rows), lanes or {}, NOW)


def steady(function="a.b", tasks=100, ok=lambda at: True, **own):
    """Tasks a minute apart, the newest first."""
    return [row(START + timedelta(minutes=at), ok(at), function, **own) for at in reversed(range(tasks))]


def kinds(told):
    return {(own.kind, own.effect): own for own in told.factors}


def test_a_sequence_multiplies_chances_and_adds_times():
    rows = history(1, telling=False, rate=0.9)
    one = of(rows, Step("code.write"))
    three = of(rows, Step("code.write", count=2), Step("code.write"))
    assert three.success.probability == pytest.approx(one.success.probability**3, abs=0.01)
    assert three.run_ms.p50 == pytest.approx(3 * 1000 * math.exp(0.125), rel=0.1)
    assert (three.run_ms.p90 - three.run_ms.p10) < 3 * (one.run_ms.p90 - one.run_ms.p10)
    many = of(rows, Step("code.write", count=400))
    assert many.run_ms.p50 == pytest.approx(400 * 1000 * math.exp(0.125), rel=0.05)


def test_a_group_lasts_as_long_as_its_longest():
    rows = steady("a.slow", run_ms=9000.0) + steady("a.quick", run_ms=10.0)
    assert of(rows, [Step("a.slow"), Step("a.quick")]).run_ms.p50 == pytest.approx(9000, rel=0.01)
    assert of(rows, Step("a.slow"), Step("a.quick")).run_ms.p50 == pytest.approx(9010, rel=0.01)
    assert of(rows, [Step("a.quick", count=100)]).run_ms.p50 == pytest.approx(10, rel=0.01)


def test_the_same_question_has_the_same_answer():
    rows, steps = history(2), [Step("code.write", agent="ann"), [Step("code.write", count=60)]]
    assert msgspec.json.encode(of(rows, *steps)) == msgspec.json.encode(of(rows, *steps))


def test_tasks_that_share_their_luck_fail_together():
    families = [
        row(START + timedelta(minutes=at), ok=at % 5 > 0, function=name, parent=f"p-{at}")
        for at in reversed(range(200))
        for name in ("a.b", "a.c")
    ]
    told = of(families, Step("a.b"), Step("a.c"))
    assert told.correlation == pytest.approx(1.0, abs=0.05)
    assert told.success.probability == pytest.approx(0.8, abs=0.03)
    assert any("fail together: correlation" in line for line in told.assumptions)
    apart = [
        row(START + timedelta(minutes=at), ok=at % own > 0, function=name, parent=f"p-{at}")
        for at in reversed(range(200))
        for name, own in (("a.b", 5), ("a.c", 4))
    ]
    told = of(apart, Step("a.b"), Step("a.c"))
    assert told.correlation is None
    assert told.success.probability == pytest.approx(0.8 * 0.75, abs=0.03)
    assert correlation([]).shown is False


def test_reasons_come_with_their_figures_and_what_is_better():
    told = of(history(1), Step("code.write", agent="cid", size=2e6))
    worse = kinds(told)["agent", "risk"]
    assert worse.figures["tasks"] + worse.figures["others"] == 2000
    ratio = (worse.figures["failed"] / worse.figures["tasks"]) / (
        worse.figures["others_failed"] / worse.figures["others"]
    )
    assert worse.figures["ratio"] == pytest.approx(ratio)
    assert f"{ratio:.1f}x as often" in worse.summary
    assert worse.suggestion.startswith("give code.write to ")
    assert 2.5 < kinds(told)["size", "slower"].figures["ratio"] < 5
    assert any(hint.startswith("nights (0-6 UTC) are better") for hint in told.suggestions)


def test_where_nothing_differs_no_reason_is_made_up():
    found = 0
    for seed in range(20):
        told = of(history(40 + seed, 600, telling=False), Step("code.write", agent="cid", size=2e6))
        found += sum(own.kind in ("agent", "size", "hour", "recent") for own in told.factors)
    # Seven comparisons of 1 % each, for twenty histories: 1.4 are expected, and hardly ever more than 6.
    assert found <= 6


def test_what_fails_lately_is_a_reason():
    told = of(steady(ok=lambda at: at < 80 or at % 3 == 0), Step("a.b"))
    late = kinds(told)["recent", "risk"]
    assert (late.figures["tasks"], late.figures["before_failed"]) == (20, 0)
    assert "of the last 20, before that 0 of 80" in late.summary


def test_a_deep_queue_makes_a_task_wait_and_a_stopped_one_for_ever():
    rows = steady(run_ms=1000.0)
    deep = of(rows, Step("a.b"), lanes={"a": Lane("a", 40, 2, 2, "processing", 40 / 180)})
    assert deep.wait_ms.p50 == pytest.approx(41 / 2 * 1000, rel=0.05)
    assert "the queue a is 40 deep: waits 20" in kinds(deep)["queue", "wait"].summary
    first = of(rows, Step("a.b"), lanes={"a": Lane("a", 40, 2, 2, "processing", 0.2)}, priority="critical")
    assert first.wait_ms.p50 == 10.0
    stopped = of(rows, Step("a.b"), lanes={"a": Lane("a", 3, 0, 1, "stopped", 0.0)})
    assert (stopped.wait_ms, stopped.total_ms, stopped.run_ms.p50) == (None, None, 1000.0)
    assert "revo engine start a" in stopped.suggestions
    later = Step("a.b", when=NOW + timedelta(hours=8))
    assert of(rows, later, lanes={"a": Lane("a", 40, 2, 2, "processing", 0.2)}).wait_ms.p50 == 10.0


def test_the_wait_behind_others_is_that_of_a_gamma_distribution():
    # Quantiles of Gamma(41): 33.05, 40.67 and 49.46 (tables of chi-square with 82 degrees, halved).
    ms = behind(40, 1.0)
    assert [ms[place] / 1000 for place in (9, 49, 89)] == pytest.approx([33.05, 40.67, 49.46], rel=0.01)


def test_a_price_that_nobody_knows_makes_the_cost_unknown():
    priced = steady(usd=0.25)
    assert of(priced, Step("a.b", count=4)).cost.usd == 1.0
    told = of(steady("a.c", usd=None, tasks=30) + priced, Step("a.b"), Step("a.c"))
    assert (told.cost.usd, told.cost.unpriced) == (None, 30)


@pytest.mark.parametrize(("good", "low", "high"), [(True, 0.9, 1.0), (False, 0.0, 0.1)])
def test_all_successes_and_all_failures_leave_room_for_the_other(good, low, high):
    told = of(steady(ok=lambda at: good), Step("a.b"))
    assert low <= told.success.low < told.success.probability < told.success.high <= high
    assert told.success.high - told.success.low > 0.01
    assert told.run_ms.p50 == 1000.0


def test_one_task_none_and_an_unknown_function_have_clear_answers():
    one = of(steady(tasks=1), Step("a.b"))
    assert (one.status, one.success) == ("not_enough_history", None)
    assert "1 of the 20 tasks" in one.says
    none = of([], Step("a.b"))
    assert (none.status, none.says) == ("no_history", "No history of a.b.")
    assert of(steady(), Step("a.c")).steps[0].nearest == ["a.b"]


def test_numbers_without_sense_are_left_out():
    strange = [float("nan"), float("inf"), -5.0, None]
    rows = steady(tasks=40) + [
        row(START - timedelta(hours=1), run_ms=ms, wait_ms=0.0, function="a.b", size=size)
        for ms in strange
        for size in (float("nan"), -1.0, float("inf"), None)
    ]
    told = of(rows, Step("a.b"))
    assert told.run_ms.p10 == told.run_ms.p90 == 1000.0
    assert math.isfinite(told.success.probability)
    assert told.learnt.tasks == 56
    never = of(steady(run_ms=None), Step("a.b"))
    assert (never.run_ms, "never measured" in never.says) == (None, True)
