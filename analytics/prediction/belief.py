"""What is believed of a probability: a Beta distribution by its mean and by how many tasks it is worth."""

import numpy as np
from msgspec import Struct

from analytics.prediction.past import Floats

SEED = 20_300_101
DRAWS = 4000


class Belief(Struct, frozen=True):
    """Beta(mean * weight, (1 - mean) * weight)."""

    mean: float
    weight: float

    def draws(self, random: np.random.Generator, count: int = DRAWS) -> Floats:
        """Values of the probability, as likely as they are believed to be."""
        a, b = max(self.mean * self.weight, 1e-3), max((1 - self.mean) * self.weight, 1e-3)
        return random.beta(a, b, count)

    def seen(self, good: float, total: float) -> "Belief":
        """This belief after so many good ones of so many tasks (the conjugate update).

        >>> Belief(0.5, 2).seen(8, 8)
        Belief(mean=0.9, weight=10.0)
        """
        weight = self.weight + total
        return Belief((self.mean * self.weight + good) / weight, float(weight))


def wilson(good: float, total: float, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share by Wilson's score (J. Amer. Stat. Assoc. 22, 1927); 95 % for z = 1.96.

    >>> [round(end, 3) for end in wilson(12, 40)]
    [0.181, 0.454]
    """
    if total <= 0:
        return 0.0, 1.0
    share = good / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def quantile(ordered: Floats, weights: Floats, at: Floats) -> Floats:
    """Weighted quantiles of sorted values: each stands in the middle of its weight, lines between them."""
    places = (np.cumsum(weights) - weights / 2) / weights.sum()
    return np.interp(at, places, ordered)
