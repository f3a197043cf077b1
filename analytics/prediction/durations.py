"""How long tasks run: quantiles of the logarithm, from the function down to agent, model, size and hour.

Those of a cell are drawn towards those of the cell around it, q = (n q + m q_above) / (n + m), as means of
normal groups are (Efron and Morris, J. Amer. Stat. Assoc. 70, 1975), m = variance within / variance between.
"""

import numpy as np

from analytics.prediction.belief import quantile
from analytics.prediction.past import LEVELS, UNKNOWN, Floats, Ints
from analytics.prediction.rates import STIFF

GRID: Floats = np.arange(1, 100) / 100
LEAST_MS = 0.01
"""Below this, nothing is measured; the logarithm of 0 is none."""


class Durations:
    """Learnt from the milliseconds of tasks of one function."""

    def __init__(self, codes: Ints, ms: Floats, weights: Floats) -> None:
        logs = np.log(np.maximum(ms, LEAST_MS))
        # Sorted once: a part of what is sorted is sorted.
        order = np.argsort(logs, kind="stable")
        self._codes, self._weights, self._logs = codes[order], weights[order], logs[order]
        self.whole = quantile(self._logs, self._weights, GRID)
        self._strengths = [
            strength(self._codes[:, level], self._logs, self._weights) for level in range(len(LEVELS))
        ]

    def at(self, code: Ints) -> Floats:
        """Natural logarithms of milliseconds at each place of GRID."""
        found = self.whole
        inside = np.ones(len(self._logs), dtype=bool)
        for level, own in enumerate(code):
            if own == UNKNOWN or self._strengths[level] >= STIFF:
                continue
            inside = inside & (self._codes[:, level] == own)
            if inside.any():
                count, m = float(self._weights[inside].sum()), self._strengths[level]
                here = quantile(self._logs[inside], self._weights[inside], GRID)
                found = (count * here + m * found) / (count + m)
        return found


def strength(groups: Ints, logs: Floats, weights: Floats) -> float:
    """How many tasks the times of all are worth beside those of one group (moments of a one-way layout)."""
    known = groups != UNKNOWN
    if not known.any():
        return STIFF
    own, values, heavy = groups[known], logs[known], weights[known]
    counts = np.bincount(own, heavy)
    kept = counts > 0
    if kept.sum() < 2:
        return STIFF
    means = np.bincount(own, heavy * values) / np.where(kept, counts, 1)
    everything = float(counts.sum())
    mean = float((heavy * values).sum()) / everything
    within = float((heavy * (values - means[own]) ** 2).sum()) / max(everything - kept.sum(), 1)
    spread = float((counts[kept] * (means[kept] - mean) ** 2).sum())
    slope = everything - float((counts**2).sum()) / everything
    between = (spread - within * (kept.sum() - 1)) / slope if slope > 0 else 0.0
    return STIFF if between <= 0 else min(STIFF, max(0.1, within / between))


def pinball(logs: Floats, told: Floats, at: float) -> Floats:
    """The loss of a quantile (Koenker and Bassett, Econometrica 46, 1978).

    >>> pinball(np.array([3.0, 1.0]), np.array([2.0, 2.0]), 0.9).tolist()
    [0.9, 0.09999999999999998]
    """
    miss = logs - told
    return np.maximum(at * miss, (at - 1) * miss)
