"""Whether a model may be believed: it learns on the past and is judged on what came after, never on the same.

The Brier score is the mean of (p - outcome)^2 (G. W. Brier, Monthly Weather Review 78, 1950); the skill score
is 1 - Brier / Brier of the base rate (A. H. Murphy, J. Applied Meteorology 12, 1973). Whether it is above 0
is tested by Student's t on the means of ten spans of time: tasks of one span may share a cause, spans hardly
do (batch means; Law, Simulation Modeling and Analysis, 5th ed., 9.5.3). One-sided, 2.5 %: of functions whose
history says nothing, about one in forty is credited with skill.
"""

import numpy as np
from msgspec import Struct

from analytics.prediction.durations import GRID, pinball
from analytics.prediction.model import Model, each, timed
from analytics.prediction.past import Bools, Floats, Past
from subjects.prediction import Skill

LEARN = 0.7
"""Share of the tasks that the model learns from while it is judged."""
JUDGED = 50
RARE = 5
"""Held-out tasks, and those of the rarer outcome, below which nothing is judged."""
SPANS = 10
WORTH = 0.01
"""Part of the base rate's error that a model must save: less is drift, and changes nothing that is told."""
T_975 = 2.262
"""Student's t, 9 degrees of freedom, 97.5 %."""
QUANTILES = (0.1, 0.5, 0.9)
PLACES = [int(np.flatnonzero(np.isclose(GRID, at))[0]) for at in QUANTILES]


class Held(Struct, frozen=True):
    """Held-out tasks in order of time: what was said of them, and what came."""

    submitted: Floats
    ok: Bools
    model: Floats
    base: Floats
    logs: Floats
    told: Floats
    """Quantiles as the model told them, a row each."""
    told_base: Floats


class Verdict(Struct, frozen=True):
    """What a function's model has shown."""

    success: Skill
    times: bool
    """Whether its quantiles of run times did better than those of all tasks of the function."""
    held: Held | None = None


def judge(past: Past, prior: float) -> Verdict:
    """Learn from the oldest tasks, and hold what is said of the others against their outcomes."""
    cut = float(past.submitted[np.argsort(past.submitted)[int(len(past) * LEARN)]]) if len(past) else 0.0
    # A task that ran across the cut is in neither part: its outcome was not known, its start was.
    learnt = past.part(past.finished <= cut)
    later = past.part(past.submitted > cut)
    if len(later) < JUDGED or len(learnt) < JUDGED:
        why = f"too little to judge: {len(learnt)} tasks, {len(later)} after them; {JUDGED} each are needed"
        return Verdict(Skill("base_rate", why), times=False)
    later = later.part(np.argsort(later.submitted, kind="stable"))
    model = Model(learnt, cut, prior)
    held = _held(model, later)
    skill = skill_of(held.ok, held.model, held.base)
    return Verdict(skill, _better_times(held), held)


def _held(model: Model, later: Past) -> Held:
    measured = timed(later) & (model.base_logs is not None)
    runs = later.part(measured)
    empty = np.zeros((0, len(PLACES)))
    logs = np.log(np.maximum(runs.run_ms, 0.01))
    told = [known[PLACES] for known in each(runs.codes, model.logs) if known is not None]
    base = np.tile(model.base_logs[PLACES], (len(runs), 1)) if model.base_logs is not None else empty
    return Held(
        later.submitted,
        later.ok,
        np.array([belief.mean for belief in each(later.codes, model.success)]),
        np.full(len(later), model.base.mean),
        logs,
        np.array(told).reshape(-1, len(PLACES)),
        base,
    )


def skill_of(ok: Bools, model: Floats, base: Floats) -> Skill:
    """Brier scores of both, and whether the model's is lower beyond chance. Rows stand in order of time."""
    rare = int(min(ok.sum(), len(ok) - ok.sum()))
    ours, theirs = float(((model - ok) ** 2).mean()), float(((base - ok) ** 2).mean())
    if rare < RARE:
        why = f"only {rare} of {len(ok)} later tasks had the rarer outcome, {RARE} are needed to judge"
        return Skill("base_rate", why, len(ok), ours, theirs)
    gain, low = gained((base - ok) ** 2 - (model - ok) ** 2)
    skill, least = gain / theirs, low / theirs
    if low > 0 and skill >= WORTH:
        why = f"on {len(ok)} later tasks its error was {100 * skill:.0f} % below that of the base rate"
        return Skill("model", why, len(ok), ours, theirs, skill, least)
    why = f"no skill beyond the base rate on {len(ok)} later tasks"
    return Skill("base_rate", why, len(ok), ours, theirs, skill, least)


def gained(differences: Floats) -> tuple[float, float]:
    """The mean, and the least that it may be (97.5 %), by batch means."""
    spans = np.array([part.mean() for part in np.array_split(differences, SPANS)])
    mean = float(differences.mean())
    return mean, mean - T_975 * float(spans.std(ddof=1)) / SPANS**0.5


def loss(logs: Floats, told: Floats) -> Floats:
    """The mean pinball loss over the quantiles, for each task."""
    losses = [pinball(logs, told[:, place], at) for place, at in enumerate(QUANTILES)]
    return np.asarray(np.mean(losses, axis=0), dtype=np.float64)


def _better_times(held: Held) -> bool:
    if len(held.logs) < JUDGED:
        return False
    theirs = loss(held.logs, held.told_base)
    gain, low = gained(theirs - loss(held.logs, held.told))
    return low > 0 and gain >= WORTH * float(theirs.mean())
