"""A question about work that has not been done yet, and what history says of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from subjects.names import Priority

MOST_STEPS = 200
MOST_COUNT = 10_000

Confidence = Literal["none", "low", "medium", "high"]
Standing = Literal["ok", "not_enough_history", "no_history"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Step(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Tasks of one function that are to be done. What is left out is taken as history has it."""

    function: Annotated[Name, Meta(description="Its full name, such as `security.scan`.")]
    agent: Name | None = None
    model: Name | None = None
    size: Annotated[float, Meta(ge=0, le=1e15, description="Bytes of its input.")] | None = None
    when: Annotated[
        datetime | None, Meta(description="When it is to start; only the hour of the day counts.")
    ] = None
    count: Annotated[
        int, Meta(ge=1, le=MOST_COUNT, description="So many tasks: one by one, or side by side in a group.")
    ] = 1


Group = Annotated[list[Step], Meta(min_length=1, max_length=MOST_STEPS)]


class Question(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Steps one after the other; a list among them is a group that runs side by side."""

    steps: Annotated[list[Step | Group], Meta(min_length=1, max_length=MOST_STEPS)]
    priority: Priority | None = None


class Chance(Struct, frozen=True):
    """A probability and the interval that holds it in 9 of 10 cases, if the past goes on."""

    probability: float
    low: float
    high: float


class Spread(Struct, frozen=True):
    """Milliseconds: the middle, and what 8 of 10 lie between."""

    p10: float
    p50: float
    p90: float


class Cost(Struct, frozen=True):
    """Dollars for models: the mean, and what 8 of 10 lie between. Null as soon as one price is not known."""

    usd: float | None
    low: float | None
    high: float | None
    tasks: Annotated[int, Meta(description="Tasks it was learnt from.")]
    unpriced: Annotated[int, Meta(description="Those of them with a price that nobody knows.")] = 0


class Factor(Struct, frozen=True):
    """What makes this task differ from others, with the figures that say so."""

    kind: Annotated[
        str, Meta(description="agent, model, size, hour, recent, cause, retries, queue, workers.")
    ]
    effect: Literal["risk", "help", "slower", "faster", "wait", "unknown"]
    summary: str
    figures: Mapping[str, float]
    suggestion: str | None = None


class Skill(Struct, frozen=True):
    """How the model did on tasks that came after those it had learnt from, against the base rate alone."""

    used: Annotated[
        Literal["model", "base_rate"], Meta(description="The base rate, unless the model has shown skill.")
    ]
    why: str
    judged: int = 0
    brier: float | None = None
    base_brier: float | None = None
    skill: Annotated[float | None, Meta(description="1 - brier / base_brier; 0 is no skill.")] = None
    skill_low: Annotated[float | None, Meta(description="Above 0: skill is claimed (one-sided, 97.5 %).")] = (
        None
    )


class Learnt(Struct, frozen=True):
    """What an answer was learnt from."""

    tasks: int
    since: datetime | None = None
    until: datetime | None = None


class StepPrediction(Struct, frozen=True):
    """What history says of one task of a step."""

    function: str
    status: Standing
    says: str
    group: Annotated[int, Meta(description="Its place in the sequence; steps of a group share it.")]
    count: int
    learnt: Learnt
    needed: Annotated[int, Meta(description="Tasks with an outcome that it takes to say anything.")]
    agent: str | None = None
    model: str | None = None
    success: Chance | None = None
    base_rate: float | None = None
    wait_ms: Spread | None = None
    run_ms: Spread | None = None
    cost: Cost | None = None
    confidence: Confidence = "none"
    skill: Skill | None = None
    factors: list[Factor] = []
    nearest: Annotated[list[str], Meta(description="Functions with history and a name like it.")] = []


class Prediction(Struct, frozen=True):
    """What history says of the whole: that every task of it completes, how long it takes, what it costs."""

    status: Standing
    says: Annotated[str, Meta(description="The answer in a sentence.")]
    success: Chance | None
    wait_ms: Spread | None
    run_ms: Spread | None
    total_ms: Spread | None
    cost: Cost | None
    confidence: Confidence
    factors: list[Factor]
    suggestions: list[str]
    assumptions: list[str]
    learnt: Learnt
    steps: list[StepPrediction]
    correlation: Annotated[
        float | None, Meta(description="Of failures of tasks with the same parent; null: none was shown.")
    ] = None
    learnt_at: datetime | None = None


class Score(Struct, frozen=True):
    """How predictions did on held-out tasks of a function, or of all (`*`)."""

    function: str
    judged: int
    observed: float | None
    skill: Skill
    coverage: Annotated[float | None, Meta(description="Share of run times within p10 to p90; 0.8 is meant.")]
    coverage_low: float | None
    coverage_high: float | None
    timed: int
    pinball: Annotated[
        float | None,
        Meta(description="Mean pinball loss of p10, p50, p90 of the natural log of milliseconds."),
    ]
    base_pinball: float | None


class Bin(Struct, frozen=True):
    """Held-out tasks that were given a like probability, and how many of them completed."""

    function: str
    part: Annotated[str, Meta(description="Such as `0.8-0.9`.")]
    count: int
    predicted: float
    observed: float
    low: Annotated[float, Meta(description="Of the 95 % interval of `observed` (Wilson).")]
    high: float


class Calibration(Struct, frozen=True):
    """How far predictions can be trusted, worked out on history that they had not seen."""

    scores: Annotated[list[Score], Meta(description="Of all together (`*`) first; of one function: that.")]
    reliability: Annotated[list[Bin], Meta(description="Of what the first score is of.")]
