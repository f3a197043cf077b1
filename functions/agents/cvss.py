"""Scores of CVSS vectors, and the words that belong to them."""

import math
from collections.abc import Iterable

from functions.findings import Severity

_WEIGHTS: dict[str, dict[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_CHANGED = {"N": 0.85, "L": 0.68, "H": 0.5}
"""Privileges weigh less where the scope changes."""


def base_score(vector: str) -> float | None:
    """The base score of a CVSS 3.0 or 3.1 vector, 0..10; None for anything else.

    Formula: CVSS v3.1 specification, section 7.1 (https://www.first.org/cvss/v3.1/specification-document).

    >>> base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), base_score("AV:N/AC:L")
    (9.8, None)
    """
    if not vector.startswith(("CVSS:3.0/", "CVSS:3.1/")):
        return None
    pairs = (part.partition(":") for part in vector.split("/")[1:])
    parts = {metric: value for metric, _, value in pairs}
    changed = parts.get("S") == "C"
    try:
        own = {key: weights[parts[key]] for key, weights in _WEIGHTS.items()}
        own["PR"] = _CHANGED[parts["PR"]] if changed else own["PR"]
    except KeyError:
        return None
    lost = 1 - (1 - own["C"]) * (1 - own["I"]) * (1 - own["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    reach = 8.22 * own["AV"] * own["AC"] * own["PR"] * own["UI"]
    return _rounded_up(min(10.0, (1.08 if changed else 1.0) * (impact + reach)))


def worded(score: float) -> Severity:
    """The word for a base score, by the scale of CVSS 3.

    >>> [worded(score) for score in (0.0, 3.9, 4.0, 7.0, 9.0)]
    ['info', 'low', 'medium', 'high', 'critical']
    """
    if score >= 7.0:
        return "critical" if score >= 9.0 else "high"
    return "medium" if score >= 4.0 else "low" if score > 0 else "info"


def worst(vectors: Iterable[str]) -> float | None:
    """The highest base score among vectors; None where none can be scored."""
    return max((score for vector in vectors if (score := base_score(vector)) is not None), default=None)


def _rounded_up(value: float) -> float:
    """To one decimal, upward, without the noise of binary fractions (appendix A of the specification)."""
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10
