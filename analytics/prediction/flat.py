"""Calibration as rows: the whole, its reliability by parts, then each function."""

from typing import Any

from analytics.store import Table
from subjects.prediction import Bin, Calibration, Score

COLUMNS = [
    "function", "part", "judged", "predicted", "observed", "low", "high",
    "used", "why", "brier", "base_brier", "skill", "skill_low",
    "timed", "coverage", "coverage_low", "coverage_high", "pinball", "base_pinball",
]  # fmt: skip


def flat(told: Calibration) -> Table:
    """A row for each score (part `all`) and each bin."""
    first, *others = [_score(score) for score in told.scores]
    return Table(COLUMNS, [first, *(_bin(own) for own in told.reliability), *others])


def _score(own: Score) -> list[Any]:
    skill = own.skill
    return [
        own.function, "all", own.judged, None, own.observed, None, None,
        skill.used, skill.why, skill.brier, skill.base_brier, skill.skill, skill.skill_low,
        own.timed, own.coverage, own.coverage_low, own.coverage_high, own.pinball, own.base_pinball,
    ]  # fmt: skip


def _bin(own: Bin) -> list[Any]:
    known = [own.function, own.part, own.count, own.predicted, own.observed, own.low, own.high]
    return [*known, *[None] * (len(COLUMNS) - len(known))]
