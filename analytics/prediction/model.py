"""What is learnt of one function at one moment: how often its tasks complete, and how long they run."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from analytics.prediction.belief import Belief, quantile
from analytics.prediction.durations import GRID, LEAST_MS, Durations
from analytics.prediction.logit import Logit
from analytics.prediction.past import Bools, Floats, Ints, Past
from analytics.prediction.rates import Rates

HALF_LIFE = 30 * 86_400.0
"""Seconds after which a task counts half."""
LOGIT_TASKS, LOGIT_RARE = 200, 20
"""Weight of tasks, and of the rarer outcome, from which on a regression is fitted instead of cells."""
NEED = 20
"""Tasks with an outcome below which nothing is said."""
PRIOR_WEIGHT = 2.0
"""Tasks that all other functions together are worth beside those of a function."""

T = TypeVar("T")


class Model:
    """Learnt from `past` as it was known at the second `at`; `prior` is the share of other functions."""

    def __init__(self, past: Past, at: float, prior: float) -> None:
        weights = 0.5 ** (np.maximum(0.0, at - past.finished) / HALF_LIFE)
        self.base = Belief(prior, PRIOR_WEIGHT).seen(float(past.ok.sum()), float(len(past)))
        cells, places = np.unique(past.codes, axis=0, return_inverse=True)
        places = places.reshape(-1)
        good: Floats = np.bincount(places, weights * past.ok, len(cells)).astype(np.float64)
        total: Floats = np.bincount(places, weights, len(cells)).astype(np.float64)
        rare = min(good.sum(), total.sum() - good.sum())
        self.kind = "regression" if total.sum() >= LOGIT_TASKS and rare >= LOGIT_RARE else "rates"
        self._success = (
            Logit(cells, good, total)
            if self.kind == "regression"
            else Rates(cells, good, total, Belief(prior, PRIOR_WEIGHT))
        )
        chosen = timed(past)
        self.timed = int(chosen.sum())
        ms = past.run_ms[chosen]
        self._durations = Durations(past.codes[chosen], ms, weights[chosen]) if self.timed else None
        self.base_logs = (
            quantile(np.log(np.maximum(np.sort(ms), LEAST_MS)), np.ones(self.timed), GRID)
            if self.timed
            else None
        )

    def success(self, code: Ints) -> Belief:
        """What is believed of a task with these codes."""
        return self._success.at(code)

    def logs(self, code: Ints) -> Floats | None:
        """Logarithms of its milliseconds at each place of GRID; None where none was measured."""
        return None if self._durations is None else self._durations.at(code)


def timed(past: Past) -> Bools:
    """The tasks whose run times count: completed ones; where none completed, all."""
    measured = np.isfinite(past.run_ms)
    return measured & past.ok if (measured & past.ok).any() else measured


def each(codes: Ints, ask: Callable[[Ints], T]) -> list[T]:
    """An answer for every row; equal rows are asked once."""
    cells, places = np.unique(codes, axis=0, return_inverse=True)
    told = [ask(cell) for cell in cells]
    return [told[place] for place in places.reshape(-1)]
