"""What is known of one step: from the models of its function, or how much is lacking."""

import difflib
import math
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct

from analytics.prediction import factors
from analytics.prediction.belief import SEED, Belief
from analytics.prediction.durations import GRID
from analytics.prediction.lane import Lane, wait
from analytics.prediction.learnt import Known, Whole, moment_of
from analytics.prediction.model import NEED
from analytics.prediction.past import UNKNOWN, Floats, Ints, Past
from subjects.names import Priority
from subjects.prediction import (
    Chance,
    Confidence,
    Cost,
    Factor,
    Learnt,
    Spread,
    Step,
    StepPrediction,
)

MIDDLE, LOW, HIGH = 49, 9, 89
"""Places of p50, p10 and p90 in GRID."""
NOWADAYS = 600.0
"""Seconds from now within which the queue as it is now says something."""


class Asked(Struct, frozen=True):
    """A step as it is asked for: its place, the queue as it is now, and when that is."""

    step: Step
    group: int
    lane: Lane | None
    priority: Priority | None
    now: datetime


class Parts(Struct, frozen=True):
    """What the whole is put together from; None where the step has no history for it."""

    told: StepPrediction
    belief: Belief | None = None
    run: Floats | None = None
    wait: Floats | None = None
    usd: Floats | None = None


def parts(asked: Asked, whole: Whole) -> Parts:
    """The answer for one step."""
    known = whole.functions.get(asked.step.function)
    if known is None or len(known.past) < NEED:
        return Parts(_lacking(asked, whole, known))
    step = asked.step
    when = (step.when or asked.now).astimezone(UTC)
    code = known.past.code(step.agent, step.model, step.size, when.hour)
    model = known.verdict.success.used == "model"
    belief = known.model.success(code) if model else known.model.base
    logs = known.model.logs(code) if known.verdict.times else known.model.base_logs
    now = abs((when - asked.now).total_seconds()) < NOWADAYS
    waits = wait(known.past, asked.lane if now else None, asked.priority, asked.now.timestamp())
    usd = _usd(known.past, code, step.model)
    chance = chance_of(belief.draws(np.random.default_rng(SEED)), belief.mean)
    confidence = _confidence(belief, chance)
    told = StepPrediction(
        function=step.function,
        status="ok",
        says=says(chance, None if logs is None else spread_of(np.exp(logs))),
        group=asked.group,
        count=step.count,
        learnt=_learnt(known.past),
        needed=NEED,
        agent=step.agent,
        model=step.model,
        success=chance,
        base_rate=round(known.model.base.mean, 4),
        wait_ms=None if waits.ms is None else spread_of(waits.ms),
        run_ms=None if logs is None else spread_of(np.exp(logs)),
        cost=cost_of(usd),
        confidence=confidence,
        skill=known.verdict.success,
        factors=[*waits.factors, *factors.found(known.past, code), *_unseen(known.past, step)],
    )
    return Parts(told, belief, None if logs is None else np.exp(logs), waits.ms, usd)


def _lacking(asked: Asked, whole: Whole, known: Known | None) -> StepPrediction:
    step, have = asked.step, 0 if known is None else len(known.past)
    near = difflib.get_close_matches(step.function[:200], whole.functions, 3) if known is None else []
    none = f"No history of {step.function}" + (f"; did you mean {near[0]}?" if near else ".")
    few = (
        f"Not enough history of {step.function}: {have} of the {NEED} tasks with an outcome that are needed."
    )
    return StepPrediction(
        function=step.function,
        status="no_history" if known is None else "not_enough_history",
        says=none if known is None else few,
        group=asked.group,
        count=step.count,
        learnt=Learnt(0) if known is None else _learnt(known.past),
        needed=NEED,
        agent=step.agent,
        model=step.model,
        nearest=near,
    )


def _learnt(past: Past) -> Learnt:
    return Learnt(len(past), moment_of(float(past.finished[0])), moment_of(float(past.finished[-1])))


def _unseen(past: Past, step: Step) -> list[Factor]:
    """What was told and has no history: it counts as the average."""
    told = [
        (kind, f"{kind} {name} has never done {step.function}: taken as the average")
        for kind, name, seen in (("agent", step.agent, past.agents), ("model", step.model, past.models))
        if name is not None and name not in seen
    ]
    if step.size is not None and (past.codes[:, 2] == UNKNOWN).all():
        told.append(
            ("size", f"sizes of inputs of {step.function} are not known: the size counts for nothing")
        )
    return [Factor(kind, "unknown", text, {}) for kind, text in told]


def _usd(past: Past, code: Ints, model: str | None) -> Floats:
    """Dollars of the tasks that are most like this one, NaN where a price is not known."""
    chosen = np.ones(len(past), dtype=bool)
    if model is not None:
        chosen &= past.codes[:, 1] == code[1] if code[1] != UNKNOWN else False
    own = chosen & (past.codes[:, 0] == code[0])
    return past.usd[own if own.sum() >= NEED else chosen]


def cost_of(usd: Floats) -> Cost:
    """Mean and quantiles; null as soon as one price is not known, or nothing has been seen."""
    unpriced = int(np.isnan(usd).sum())
    if unpriced or not len(usd):
        return Cost(None, None, None, len(usd), unpriced)
    low, high = np.quantile(usd, [0.1, 0.9])
    return Cost(rounded(float(usd.mean())), rounded(float(low)), rounded(float(high)), len(usd))


def _confidence(belief: Belief, chance: Chance) -> Confidence:
    """high: worth 100 tasks and an interval of 0.1 at most; medium: 30 tasks and 0.25; else low."""
    wide = chance.high - chance.low
    if belief.weight >= 100 and wide <= 0.1:
        return "high"
    return "medium" if belief.weight >= 30 and wide <= 0.25 else "low"


def chance_of(draws: Floats, mean: float) -> Chance:
    """A probability with the middle 90 % of its draws."""
    low, high = np.quantile(draws, [0.05, 0.95])
    return Chance(round(mean, 4), round(float(low), 4), round(float(high), 4))


def spread_of(ms: Floats) -> Spread:
    """p10, p50 and p90 of values at GRID."""
    return Spread(*(rounded(float(ms[place])) for place in (LOW, MIDDLE, HIGH)))


def quantiles_of(draws: Floats) -> Floats:
    """Values at GRID."""
    return np.quantile(draws, GRID)


def rounded(value: float) -> float:
    """Four figures: more than history can tell."""
    if not value or not math.isfinite(value):
        return 0.0
    return round(value, 3 - math.floor(math.log10(abs(value))))


def says(chance: Chance, run: Spread | None) -> str:
    """The answer in a sentence."""
    told = f"Completes with {percent(chance.probability)} ({percent(chance.low)} to {percent(chance.high)})"
    if run is None:
        return f"{told}; how long it runs was never measured."
    return f"{told}, runs {factors.span(run.p50)} ({factors.span(run.p10)} to {factors.span(run.p90)})."


def percent(share: float) -> str:
    """A share in whole percent, in tenths near the ends.

    >>> percent(0.874), percent(0.9961)
    ('87 %', '99.6 %')
    """
    return f"{100 * share:.0f} %" if 0.02 < share < 0.98 else f"{100 * share:.1f} %"
