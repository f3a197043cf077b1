"""Many steps as one: the chance that every task completes, how long the whole takes, and what it costs.

By simulation with a fixed seed: the same history and question give the same answer.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from analytics.prediction import factors, together
from analytics.prediction.belief import DRAWS, SEED
from analytics.prediction.durations import GRID
from analytics.prediction.learnt import Whole
from analytics.prediction.past import Floats
from analytics.prediction.step import Parts, chance_of, percent, quantiles_of, rounded, spread_of
from subjects.prediction import Chance, Confidence, Cost, Learnt, Prediction, Spread, Standing, StepPrediction

EXACT = 50
"""So many like tasks one after the other are drawn one by one; the sum of more is as good as normal."""
RANK: tuple[Confidence, ...] = ("none", "low", "medium", "high")
MOST_FACTORS = 20


class Times(Struct, frozen=True):
    """Milliseconds of the whole; None where a part of it is not known."""

    wait: Spread | None
    run: Spread | None
    total: Spread | None


def total(found: Sequence[Parts], whole: Whole, *, sided: frozenset[int]) -> Prediction:
    """The prediction for all steps; `sided` has the places in the sequence that are groups."""
    steps = [own.told for own in found]
    lacking = [step for step in steps if step.status != "ok"]
    every = {each.summary: each for step in steps for each in step.factors}
    shown = sorted(every.values(), key=lambda each: each.effect != "risk")
    factors_, hints = shown[:MOST_FACTORS], _once(each.suggestion for each in shown)
    learnt = Learnt(whole.tasks, whole.since, whole.until)
    if lacking:
        status: Standing = "no_history" if lacking[0].status == "no_history" else "not_enough_history"
        more = f" ({len(lacking) - 1} more steps lack history too)" if len(lacking) > 1 else ""
        said = f"{lacking[0].says}{more}"
        return Prediction(
            status, said, None, None, None, None, None, "none", factors_, hints, [], learnt, steps,
            learnt_at=whole.at,
        )  # fmt: skip
    random = np.random.default_rng(SEED)
    r = whole.correlation.value if whole.correlation.shown else 0.0
    chance = _chance(found, r, random)
    times = _times(found, sided, random)
    many = len(found) > 1 or steps[0].count > 1
    if not many:
        chance = steps[0].success or chance
        times = Times(steps[0].wait_ms, steps[0].run_ms, times.total)
    return Prediction(
        "ok",
        _says(chance, times.total or times.run, steps[0].says, many=many),
        chance,
        times.wait,
        times.run,
        times.total,
        _cost(found, random),
        RANK[min(RANK.index(step.confidence) for step in steps)],
        factors_,
        hints,
        _assumptions(found, whole, r, many=many),
        learnt,
        steps,
        r if many and r else None,
        whole.at,
    )


def _chance(found: Sequence[Parts], r: float, random: np.random.Generator) -> Chance:
    draws = [own.belief.draws(random) for own in found if own.belief is not None]
    every = together.all_complete(draws, [own.told.count for own in found], r)
    return chance_of(every, float(every.mean()))


def _times(found: Sequence[Parts], sided: frozenset[int], random: np.random.Generator) -> Times:
    """Steps one after the other, a group as long as its longest task; None where one part is not known."""
    waits = [_step(own.wait, own.told, sided, random) for own in found]
    runs = [_step(own.run, own.told, sided, random) for own in found]
    both = [None if w is None or r is None else w + r for w, r in zip(waits, runs, strict=True)]
    places = [own.told.group for own in found]
    return Times(*(_one_after_the_other(parts, places) for parts in (waits, runs, both)))


def _one_after_the_other(parts: Sequence[Floats | None], places: Sequence[int]) -> Spread | None:
    at: dict[int, Floats] = {}
    for part, place in zip(parts, places, strict=True):
        if part is None:
            return None
        at[place] = np.maximum(at[place], part) if place in at else part
    return spread_of(quantiles_of(np.sum(list(at.values()), axis=0)))


def _step(
    grid: Floats | None, step: StepPrediction, sided: frozenset[int], random: np.random.Generator
) -> Floats | None:
    return None if grid is None else _drawn(grid, step.count, random, beside=step.group in sided)


def _drawn(grid: Floats, count: int, random: np.random.Generator, *, beside: bool) -> Floats:
    """`count` tasks: their longest where they run side by side, else their sum."""
    if beside or count == 1:
        # The largest of n draws is where the n-th root of one draw stands.
        return np.interp(random.random(DRAWS) ** (1 / count), GRID, grid)
    if count <= EXACT:
        drawn = np.interp(random.random((count, DRAWS)), GRID, grid)
        return np.asarray(drawn.sum(axis=0), dtype=np.float64)
    mean, spread = float(grid.mean()), float(grid.std())
    return np.maximum(0.0, random.normal(mean * count, spread * count**0.5, DRAWS))


def _cost(found: Sequence[Parts], random: np.random.Generator) -> Cost:
    tasks = min(0 if own.usd is None else len(own.usd) for own in found)
    unpriced = sum(own.told.cost.unpriced for own in found if own.told.cost is not None)
    if unpriced or not tasks:
        return Cost(None, None, None, tasks, unpriced)
    drawn = [
        _drawn(quantiles_of(own.usd), own.told.count, random, beside=False)
        for own in found
        if own.usd is not None
    ]
    mean = sum(float(own.usd.mean()) * own.told.count for own in found if own.usd is not None)
    low, high = np.quantile(np.sum(drawn, axis=0), [0.1, 0.9])
    return Cost(rounded(mean), rounded(float(low)), rounded(float(high)), tasks)


def _assumptions(found: Sequence[Parts], whole: Whole, r: float, *, many: bool) -> list[str]:
    told = ["the future is like the past; a task counts half after 30 days"]
    if whole.future:
        told.append(f"{whole.future} tasks that ended in the future (a clock was wrong) are left out")
    if any(own.told.skill is not None and own.told.skill.used == "base_rate" for own in found):
        told.append("where the model has shown no skill, the base rate of the function is told")
    if not many:
        return told
    if r:
        told.append(
            f"tasks fail together: correlation {r:.2f}, learnt from {whole.correlation.families} parents"
        )
    else:
        told.append(
            f"tasks fail independently of each other: {whole.correlation.families} parents with several"
            " children show no correlation"
        )
    told.append(
        "steps run one after the other, a group side by side with a free slot for each task; each waits as if"
        " it were submitted now"
    )
    return [*told, "durations of steps are independent of each other"]


def _says(chance: Chance, times: Spread | None, single: str, *, many: bool) -> str:
    if not many:
        return single
    told = f"All tasks complete with {percent(chance.probability)}"
    told += f" ({percent(chance.low)} to {percent(chance.high)})"
    if times is None:
        return f"{told}; how long that takes is not known."
    p50, p10, p90 = (factors.span(ms) for ms in (times.p50, times.p10, times.p90))
    return f"{told}, after {p50} ({p10} to {p90})."


def _once(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))[:MOST_FACTORS]
