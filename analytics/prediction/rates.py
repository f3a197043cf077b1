"""The share of tasks that complete, from the function down to agent, model, size and hour, each step shrunk.

A cell with few tasks says little: its share is drawn towards that of the larger cell around it,
p = (k + m * p_above) / (n + m), the posterior mean of a Beta-binomial (Gelman et al., Bayesian Data Analysis,
3rd ed., ch. 5). How strongly, m, is learnt from how much the groups of a level differ beyond chance
(moments; J. C. Kleinman, J. Amer. Stat. Assoc. 68, 1973).
"""

import numpy as np

from analytics.prediction.belief import Belief
from analytics.prediction.past import LEVELS, UNKNOWN, Floats, Ints

STIFF = 1e6
"""Pseudo-tasks where groups do not differ more than chance makes them."""
LOOSE = 1.0


class Rates:
    """Learnt from the tasks of one function. `prior` is what is believed of it before it has any."""

    def __init__(self, codes: Ints, good: Floats, total: Floats, prior: Belief) -> None:
        self._codes, self._good, self._total = codes, good, total
        self.whole = prior.seen(float(good.sum()), float(total.sum()))
        self.strengths = [strength(codes[:, level], good, total) for level in range(len(LEVELS))]

    def at(self, code: Ints) -> Belief:
        """What is believed of a task with these codes; a level that is unknown is passed over."""
        belief = self.whole
        inside = np.ones(len(self._total), dtype=bool)
        for level, own in enumerate(code):
            if own == UNKNOWN:
                continue
            inside = inside & (self._codes[:, level] == own)
            belief = shrunk(
                belief,
                float(self._good[inside].sum()),
                float(self._total[inside].sum()),
                self.strengths[level],
            )
        return belief


def shrunk(above: Belief, good: float, total: float, strength: float) -> Belief:
    """A cell's belief from its own tasks and the cell around it.

    The cell's tasks are among those of the cell around it, so it is never worth more than both together.

    >>> shrunk(Belief(0.9, 100), 2, 10, 10.0)
    Belief(mean=0.55, weight=20.0)
    >>> shrunk(Belief(0.9, 100), 0, 0, 10.0)
    Belief(mean=0.9, weight=10.0)
    """
    mean = (good + strength * above.mean) / (total + strength)
    return Belief(mean, float(max(2.0, total + min(strength, max(0.0, above.weight - total)))))


def strength(groups: Ints, good: Floats, total: Floats) -> float:
    """How many tasks the share of all is worth beside that of one group: 1 / rho - 1.

    rho is the correlation within groups, from the spread of their shares: sum n (p_g - p)^2 is expected to be
    p (1 - p) sum (1 - n / N) (1 + (n - 1) rho).
    """
    known = groups != UNKNOWN
    sums = np.bincount(groups[known], total[known]) if known.any() else np.zeros(0)
    kept = sums > 0
    everything = float(sums.sum())
    if kept.sum() < 2:
        return STIFF
    shares = np.bincount(groups[known], good[known])[kept] / sums[kept]
    counts = sums[kept]
    share = float((shares * counts).sum() / everything)
    chance = share * (1 - share)
    room = 1 - counts / everything
    slope = float((room * np.maximum(counts - 1, 0)).sum())
    if chance <= 0 or slope <= 0:
        return STIFF
    spread = float((counts * (shares - share) ** 2).sum())
    rho = (spread / chance - float(room.sum())) / slope
    return STIFF if rho <= 1 / STIFF else max(LOOSE, 1 / min(rho, 0.5) - 1)
