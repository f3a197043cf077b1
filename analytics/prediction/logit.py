"""Logistic regression on what is known before the start: what an agent, a size, an hour add, each by itself.

Where history suffices, this says more than cells do: a slow hour is learnt from all agents together.
Newton's method (Bishop, Pattern Recognition and Machine Learning, 2006, 4.3.3), a Gaussian prior on all
weights but the intercept, its strength chosen by the evidence (Laplace's approximation; MacKay, Neural
Computation 4, 1992). Equal tasks are counted together, so that a fit takes milliseconds.
"""

import numpy as np
from msgspec import Struct

from analytics.prediction.belief import Belief
from analytics.prediction.past import LEVELS, UNKNOWN, Floats, Ints

RIDGES = (1.0, 4.0, 16.0, 64.0, 256.0)
STEPS = 25
FEWEST = 5.0
"""Tasks that a value must have been seen in to get a weight."""
WIDEST = 20
"""Values of one level that get a weight: those seen most."""


class Fit(Struct, frozen=True):
    """Weights, their covariance, and the evidence for the prior that gave them."""

    weights: Floats
    covariance: Floats
    evidence: float


class Logit:
    """Learnt from cells: codes, and how many of how many tasks completed."""

    def __init__(self, codes: Ints, good: Floats, total: Floats) -> None:
        self._columns = [
            (level, value) for level in range(len(LEVELS)) for value in _values(codes[:, level], total)
        ]
        plain = self._plain(codes)
        self._centre = (plain * total[:, None]).sum(axis=0) / total.sum()
        design = self._design(codes)
        fits = [_fit(design, good, total, ridge) for ridge in (RIDGES if self._columns else RIDGES[:1])]
        self._fit = max(fits, key=lambda fit: fit.evidence)

    def at(self, code: Ints) -> Belief:
        """What is believed of a task with these codes; an unknown level counts as the average of history.

        The mean of a squashed Gaussian is sigmoid(eta / sqrt(1 + pi v / 8)) (MacKay 1992); the weight is that
        of the Beta distribution with the same spread.
        """
        row = self._design(code[None, :])[0]
        eta, variance = float(row @ self._fit.weights), float(row @ self._fit.covariance @ row)
        mean = float(_sigmoid(np.array(eta / np.sqrt(1 + np.pi * variance / 8))))
        spread = max(mean * (1 - mean) * variance, 1e-9)
        return Belief(mean, max(2.0, 1 / spread - 1))

    def _plain(self, codes: Ints) -> Floats:
        if not self._columns:
            return np.zeros((len(codes), 0))
        return np.stack([codes[:, level] == value for level, value in self._columns], axis=1).astype(float)

    def _design(self, codes: Ints) -> Floats:
        known = (
            np.stack([codes[:, level] != UNKNOWN for level, _ in self._columns], axis=1)
            if self._columns
            else 1
        )
        centred = (self._plain(codes) - self._centre) * known
        return np.concatenate([np.ones((len(codes), 1)), centred], axis=1)


def _values(column: Ints, total: Floats) -> list[int]:
    known = column != UNKNOWN
    counts = np.bincount(column[known], total[known]) if known.any() else np.zeros(0)
    often = [int(value) for value in np.argsort(-counts)[:WIDEST] if counts[value] >= FEWEST]
    return often if len(often) > 1 else []


def _fit(design: Floats, good: Floats, total: Floats, ridge: float) -> Fit:
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-3
    weights = np.zeros(design.shape[1])
    share = (good.sum() + 0.5) / (total.sum() + 1)
    weights[0] = np.log(share / (1 - share))
    for _ in range(STEPS):
        chance = _sigmoid(design @ weights)
        slope = design.T @ (good - total * chance) - penalty * weights
        step = np.linalg.solve(_curve(design, total, chance, penalty), slope)
        weights = weights + np.clip(step, -4, 4)
        if np.abs(step).max() < 1e-6:
            break
    eta = design @ weights
    curve = _curve(design, total, _sigmoid(eta), penalty)
    likelihood = float((good * eta - total * np.logaddexp(0, eta)).sum())
    size = design.shape[1] - 1
    evidence = (
        likelihood
        - 0.5 * ridge * float((weights[1:] ** 2).sum())
        + 0.5 * size * np.log(ridge)
        - 0.5 * float(np.linalg.slogdet(curve)[1])
    )
    return Fit(weights, np.asarray(np.linalg.inv(curve), dtype=np.float64), float(evidence))


def _curve(design: Floats, total: Floats, chance: Floats, penalty: Floats) -> Floats:
    return (design * (total * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)


def _sigmoid(eta: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(eta, -30, 30)))
