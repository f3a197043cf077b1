"""The calibration of everything as a table: what was said of held-out tasks, and what came."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from analytics.prediction.belief import wilson
from analytics.prediction.judge import Held, Verdict, loss, skill_of
from analytics.prediction.learnt import Whole
from subjects.prediction import Bin, Calibration, Score, Skill

ALL = "*"
BINS = 10


def calibration(whole: Whole, function: str | None) -> Calibration:
    """Scores of all functions, the whole first, or of one function; with the bins of what is listed first."""
    verdicts = {name: known.verdict for name, known in sorted(whole.functions.items())}
    if function is not None:
        own = verdicts.get(function)
        if own is None:
            return Calibration([_score(function, Skill("base_rate", f"{function} has no history"), None)], [])
        return Calibration([_score(function, own.success, own.held)], _bins(function, {function: own}))
    everything = _whole(verdicts)
    scores = [everything, *(_score(name, own.success, own.held) for name, own in verdicts.items())]
    return Calibration(scores, _bins(ALL, verdicts))


def _whole(verdicts: Mapping[str, Verdict]) -> Score:
    held = [own.held for own in verdicts.values() if own.held is not None]
    if not held:
        return _score(ALL, Skill("base_rate", "no function has enough history to be judged"), None)
    joined = Held(*(np.concatenate([getattr(own, name) for own in held]) for name in Held.__struct_fields__))
    order = np.argsort(joined.submitted, kind="stable")
    skill = skill_of(joined.ok[order], joined.model[order], joined.base[order])
    return _score(ALL, skill, joined)


def _score(function: str, skill: Skill, held: Held | None) -> Score:
    if held is None:
        return Score(function, skill.judged, None, skill, None, None, None, 0, None, None)
    timed = len(held.logs)
    inside = int(((held.logs >= held.told[:, 0]) & (held.logs <= held.told[:, 2])).sum())
    low, high = wilson(inside, timed)
    return Score(
        function,
        len(held.ok),
        float(held.ok.mean()),
        skill,
        inside / timed if timed else None,
        low if timed else None,
        high if timed else None,
        timed,
        float(loss(held.logs, held.told).mean()) if timed else None,
        float(loss(held.logs, held.told_base).mean()) if timed else None,
    )


def _bins(function: str, verdicts: Mapping[str, Verdict]) -> list[Bin]:
    """What is told, be it the model's or the base rate, against what came (a reliability table)."""
    held = [(own.held, own.success.used == "model") for own in verdicts.values() if own.held is not None]
    if not held:
        return []
    told = np.concatenate([each.model if model else each.base for each, model in held])
    ok = np.concatenate([each.ok for each, _ in held])
    places = np.minimum((told * BINS).astype(int), BINS - 1)
    return list(_each_bin(function, told, ok, places))


def _each_bin(function: str, told: Any, ok: Any, places: Any) -> Iterator[Bin]:
    for place in range(BINS):
        inside = places == place
        count, good = int(inside.sum()), int(ok[inside].sum())
        if count:
            part = f"{place / BINS:.1f}-{(place + 1) / BINS:.1f}"
            yield Bin(function, part, count, float(told[inside].mean()), good / count, *wilson(good, count))
