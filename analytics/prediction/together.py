"""Whether tasks of one parent fail together, and what that makes of a chance that all of them complete.

Common shock: with probability r all tasks of a family share their luck, else each has its own. Then all
complete with (1 - r) * product(p) + r * min(p), and two of them have the covariance r * (min(p, q) - p q)
(after Marshall and Olkin, J. Amer. Stat. Assoc. 62, 1967). r is learnt from pairs with the same parent.
"""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from analytics.prediction.past import Floats, Past

FAMILIES = 30
MOST_CHILDREN = 50


class Correlation(Struct, frozen=True):
    """r, its lower bound (one-sided, 95 %), and how many parents it was learnt from."""

    value: float
    low: float
    families: int

    @property
    def shown(self) -> bool:
        """Whether it is there beyond chance."""
        return self.families >= FAMILIES and self.low > 0


def correlation(pasts: Iterable[tuple[Past, float]]) -> Correlation:
    """r over all families: sums of (y - p)(z - q) by min(p, q) - p q, families as clusters."""
    families: dict[str, list[tuple[bool, float]]] = {}
    for past, share in pasts:
        for parent, ok in zip(past.parents, past.ok.tolist(), strict=True):
            if parent is not None:
                families.setdefault(parent, []).append((ok, share))
    sums = np.array(
        [_pairs(own[:MOST_CHILDREN]) for own in families.values() if len(own) > 1], dtype=float
    ).reshape(-1, 2)
    above, below = sums[:, 0], sums[:, 1]
    if len(sums) < 2 or below.sum() <= 0:
        return Correlation(0.0, 0.0, len(sums))
    value = float(above.sum() / below.sum())
    # The error of a ratio of sums (Cochran, Sampling Techniques, 3rd ed., 6.4).
    error = float(np.sqrt(((above - value * below) ** 2).sum()) / below.sum())
    return Correlation(min(1.0, max(0.0, value)), value - 1.645 * error, len(sums))


def _pairs(children: list[tuple[bool, float]]) -> tuple[float, float]:
    ok = np.array([own for own, _ in children], dtype=float)
    share = np.array([own for _, own in children])
    rest = ok - share
    pairs = np.triu_indices(len(children), 1)
    above = (rest[pairs[0]] * rest[pairs[1]]).sum()
    first, second = share[pairs[0]], share[pairs[1]]
    return float(above), float((np.minimum(first, second) - first * second).sum())


def all_complete(chances: list[Floats], counts: list[int], r: float) -> Floats:
    """Draws of the chance that every task of every step completes.

    >>> all_complete([np.array([0.9]), np.array([0.8])], [2, 1], 0.0).round(3).tolist()
    [0.648]
    """
    apart = np.prod([chance**count for chance, count in zip(chances, counts, strict=True)], axis=0)
    return np.asarray((1 - r) * apart + r * np.min(chances, axis=0), dtype=np.float64)
