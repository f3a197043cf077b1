"""Skill is claimed where it is there and not where it is not; what is said happens as often as it is said."""

import math
from datetime import timedelta

import numpy as np
import pytest

from analytics.prediction.judge import judge, skill_of
from analytics.prediction.past import grouped
from analytics.prediction.scores import calibration
from tests.unit.prediction.made import AGENTS, NOW, chance, history, learned, row

SEEDS = range(6)


def of(rows):
    return learned(rows).functions["code.write"]


@pytest.mark.parametrize("seed", SEEDS)
def test_it_beats_the_base_rate_where_history_tells_something(seed):
    known = of(history(seed))
    skill = known.verdict.success
    assert (known.model.kind, skill.used) == ("regression", "model")
    assert skill.brier < skill.base_brier
    assert 0.08 < skill.skill_low < skill.skill < 0.4
    assert known.verdict.times


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_of_held_out_tasks_happens_as_often(seed):
    told = calibration(learned(history(seed)), None)
    assert sum(own.count for own in told.reliability) == told.scores[0].judged
    for own in told.reliability:
        # Four standard errors of a binomial, and what a model learnt from 1,400 tasks may be off.
        room = 4 * math.sqrt(own.predicted * (1 - own.predicted) / own.count) + 0.04
        assert abs(own.observed - own.predicted) < room, own
        assert own.low <= own.observed <= own.high
    whole = told.scores[0]
    assert abs(whole.coverage - 0.8) < 4 * math.sqrt(0.8 * 0.2 / whole.timed) + 0.03
    assert whole.pinball < whole.base_pinball


def test_intervals_hold_the_true_chance_nine_times_of_ten():
    inside, every = 0, 0
    for seed in range(8):
        known = of(history(seed))
        for agent in AGENTS:
            for size, hour in ((1e3, 3), (1e3, 14), (1e6, 3), (1e6, 14)):
                belief = known.model.success(known.past.code(agent, None, size, hour))
                low, high = np.quantile(belief.draws(np.random.default_rng(1)), [0.05, 0.95])
                inside, every = inside + (low <= chance(agent, size, hour) <= high), every + 1
    assert 0.8 < inside / every <= 1


def test_few_tasks_are_told_by_cells_and_their_agents_apart():
    known = of(history(3, tasks=180))
    assert known.model.kind == "rates"
    ann, cid = (known.model.success(known.past.code(name, None, 1e3, 14)).mean for name in ("ann", "cid"))
    assert ann > known.model.base.mean > cid


def test_no_skill_is_claimed_where_history_says_nothing():
    runs, claimed, slow = 240, 0, 0
    for seed in range(runs):
        rows = history(5000 + seed, 200 + 200 * (seed % 3), telling=False, rate=(0.5, 0.8, 0.95)[seed % 3])
        verdict = judge(grouped(rows)["code.write"], 0.8)
        claimed += verdict.success.used == "model"
        slow += verdict.times
    # One in forty is what the test allows itself; four standard errors of that above it.
    most = runs * 0.025 + 4 * math.sqrt(runs * 0.025 * 0.975)
    assert claimed <= most
    assert slow <= most


def test_without_skill_the_base_rate_is_what_is_told():
    rows = history(7, telling=False)
    known = of(rows)
    assert known.verdict.success.used == "base_rate"
    assert "no skill beyond the base rate" in known.verdict.success.why
    assert known.model.base.mean == pytest.approx(sum(own[1] for own in rows) / len(rows), abs=0.01)


def test_a_model_is_never_judged_by_what_it_learnt_from():
    """Outcomes that turn around at the cut: whoever had seen them would not be as wrong."""
    start = NOW - timedelta(days=10)
    rows = [
        row(
            start + timedelta(minutes=at), (at % 2 == 0) == (at < 700), agent="even" if at % 2 == 0 else "odd"
        )
        for at in range(1000)
    ]
    verdict = of(rows[::-1]).verdict
    assert verdict.held.submitted.min() > (start + timedelta(minutes=698)).timestamp()
    assert verdict.success.used == "base_rate"
    assert verdict.success.skill < -2


def test_one_outcome_alone_cannot_be_judged():
    start = NOW - timedelta(days=10)
    for ok in (True, False):
        known = of([row(start + timedelta(minutes=at), ok) for at in range(1000)][::-1])
        assert known.verdict.success.used == "base_rate"
        assert "rarer outcome" in known.verdict.success.why


def test_a_gain_that_changes_nothing_is_no_skill():
    ok = np.tile([True] * 9 + [False], 40)
    base = np.full(len(ok), 0.85)
    # A hair nearer to what came, each time: beyond chance, and of no use to anybody.
    skill = skill_of(ok, base + 0.0005, base)
    assert 0 < skill.skill_low < 0.01
    assert skill.used == "base_rate"
    assert skill_of(ok, np.where(ok, 0.95, 0.4), base).used == "model"
