"""The innovation score: a documented heuristic, never without its parts.

innovation = novelty x relevance x feasibility, each 0..1.

- novelty: 1 - the greatest likeness to the problem, to what memory knows, and to the ideas before it.
- relevance: sigmoid(z), where z says by how many standard deviations the idea speaks more of the problem than
  the sentences of `background` do; 0 where z is below the gate.
- feasibility: the share of the declared checks that passed; 1 where none is declared, and a note says so.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from functions.engines.background import BACKGROUND
from functions.engines.constraints import Checked, Constraint, checked
from functions.engines.likeness import Likeness

GATE = 2.5
"""Standard deviations above the background below which a text has nothing to do with the problem."""
TARGET = 0.6
"""Innovation above which an idea counts as one."""
LEAST_SPREAD = 0.01
"""Where all background sentences are equally far away, the smallest standard deviation taken for true."""


class Known(Struct, frozen=True):
    """A text that an idea is held against, and what it is."""

    kind: Literal["problem", "memory", "known", "sibling"]
    text: str
    id: str = ""


class Nearest(Struct, frozen=True, omit_defaults=True):
    """What an idea is most like."""

    kind: str
    text: str
    likeness: float
    id: str = ""


class Novelty(Struct, frozen=True):
    """1 - likeness to the nearest."""

    value: float
    nearest: Nearest | None


class Relevance(Struct, frozen=True):
    """sigmoid(z), 0 below the gate."""

    value: float
    z: float
    gate: float
    similarity: Annotated[float, Meta(description="To the problem.")]
    background_mean: float
    background_deviation: float


class Feasibility(Struct, frozen=True):
    """Passed / declared."""

    value: float
    checks: list[Checked]


class Score(Struct, frozen=True):
    """The number and where it comes from."""

    innovation: Annotated[float, Meta(ge=0, le=1, description="novelty x relevance x feasibility")]
    novelty: Novelty
    relevance: Relevance
    feasibility: Feasibility


class Measure:
    """Scores ideas for one problem."""

    def __init__(self, likeness: Likeness, problem: str, constraints: Sequence[Constraint]) -> None:
        self.likeness = likeness
        self._problem = Known("problem", problem)
        self._constraints = constraints
        said = [likeness.about(problem, text) for text in BACKGROUND]
        self._mean = statistics.fmean(said)
        self._deviation = max(LEAST_SPREAD, statistics.pstdev(said))

    def score(self, text: str, known: Sequence[Known]) -> Score:
        """The score of a text among what is known."""
        novelty, relevance = self.novelty(text, [self._problem, *known]), self.relevance(text)
        checks = checked(text, self._constraints)
        feasibility = sum(own.passed for own in checks) / len(checks) if checks else 1.0
        return Score(
            innovation=round(novelty.value * relevance.value * feasibility, 3),
            novelty=novelty,
            relevance=relevance,
            feasibility=Feasibility(round(feasibility, 3), checks),
        )

    def novelty(self, text: str, known: Sequence[Known]) -> Novelty:
        """How far the text is from everything known."""
        if not known:
            return Novelty(1.0, None)
        likeness, nearest = max(
            ((self.likeness.like(text, own.text), own) for own in known), key=lambda pair: pair[0]
        )
        shown = Nearest(nearest.kind, nearest.text[:200], round(likeness, 3), nearest.id)
        return Novelty(round(1 - likeness, 3), shown)

    def relevance(self, text: str) -> Relevance:
        """How much the text has to do with the problem."""
        similarity = self.likeness.about(self._problem.text, text)
        z = (similarity - self._mean) / self._deviation
        value = 1 / (1 + math.exp(-min(z, 50.0))) if z >= GATE else 0.0
        return Relevance(
            value=round(value, 3),
            z=round(z, 2),
            gate=GATE,
            similarity=round(similarity, 3),
            background_mean=round(self._mean, 3),
            background_deviation=round(self._deviation, 3),
        )
