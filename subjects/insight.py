"""How an agent does, each figure with what it was made of: counts, an interval, or why there is none.

Intervals are 95 %. Formulas: docs/agents/analytics.md.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from subjects.agents import Origin

Verdict = Literal["better", "worse", "same", "not enough"]
Interval = Annotated[list[float | None], Meta(description="[low, high], 95 %; null: beyond what was seen.")]


class Rate(Struct, frozen=True):
    """A share of something, in percent."""

    percent: float | None
    count: Annotated[int, Meta(description="The numerator.")]
    of: Annotated[int, Meta(description="The denominator.")]
    interval: Annotated[Interval | None, Meta(description="Wilson's score interval, in percent.")]
    enough: Annotated[bool, Meta(description="Ten or more: below that it says little.")]


class Times(Struct, frozen=True):
    """Milliseconds from submission to outcome, of completed tasks."""

    p50: float | None
    p95: float | None
    p50_interval: Interval | None
    p95_interval: Interval | None
    count: int
    queue_p50: Annotated[float, Meta(description="From submission to start.")] | None
    run_p50: float | None


class Cost(Struct, frozen=True):
    """Dollars of the models that were asked. Null as soon as one call has no known price."""

    usd_per_task: float | None
    usd: Annotated[float, Meta(description="Of all tasks together.")] | None
    tasks: int
    asked: Annotated[int, Meta(description="Tasks that asked a model.")]
    unpriced: Annotated[int, Meta(description="Calls without a known price.")]
    usd_failed: Annotated[float, Meta(description="What went into tasks that did not complete.")] | None


class Satisfaction(Struct, frozen=True):
    """Ratings of results, the newest of each user for each task."""

    mean: Annotated[float, Meta(description="1 to 5.")] | None
    satisfied: Annotated[Rate, Meta(description="Ratings of 4 and 5.")]
    note: str


class Specialization(Struct, frozen=True):
    """How much an agent does one thing, and whether it does it better than others do."""

    score: Annotated[float, Meta(ge=0, le=1, description="1: one function; 0: all alike.")] | None
    functions: Annotated[int, Meta(description="That it has done.")]
    known: Annotated[int, Meta(description="That anybody has done.")]
    tasks: int
    most: Annotated[str, Meta(description="What it does most.")] | None
    most_percent: float | None
    advantage: Annotated[float, Meta(description="Points of success above others at the same work.")] | None
    advantage_interval: Interval | None
    compared: Annotated[int, Meta(description="Its tasks of functions that others do too.")]
    note: str


class Handover(Struct, frozen=True):
    """Milliseconds from the end of another agent's part to the start of this one's."""

    p50: float | None
    p95: float | None
    count: int


class Collaboration(Struct, frozen=True):
    """Tasks whose parts were done by several queues: how they end against what the parts alone would give."""

    joint: Annotated[Rate, Meta(description="Parents with parts of two queues or more that completed.")]
    expected: Annotated[float, Meta(description="Percent, if each part succeeded as it does alone.")] | None
    compared: Annotated[int, Meta(description="Joint tasks of whose parts enough is known.")]
    effectiveness: Annotated[float, Meta(description="Points above what was expected.")] | None
    effectiveness_interval: Interval | None
    partners: list[str]
    handover: Handover
    note: str


class Change(Struct, frozen=True):
    """This period beside the one before."""

    now: float | None
    before: float | None
    change: Annotated[float, Meta(description="Points for rates, a factor for times.")] | None
    interval: Interval | None
    verdict: Annotated[Verdict, Meta(description="same: no more than noise.")]


class Trend(Struct, frozen=True):
    """This period beside one of the same length before it."""

    success: Change
    response: Annotated[Change, Meta(description="Of geometric means, in milliseconds.")]
    satisfaction: Change
    tasks: int
    tasks_before: int


class Recommendation(Struct, frozen=True):
    """Something to do, the rule that says so, and its figures."""

    rule: str
    text: str
    figures: dict[str, Any]


class Work(Struct, frozen=True):
    """One function as an agent does it, beside how others do it."""

    function: str
    success: Rate
    others: Rate
    response_ms: Annotated[float, Meta(description="Geometric mean.")] | None
    attempts: float


class AgentInsight(Struct, frozen=True):
    """One agent over a period."""

    agent: str
    origin: Origin
    hours: float
    tasks: int
    success: Rate
    response_ms: Times
    cost: Cost
    satisfaction: Satisfaction
    specialization: Specialization
    collaboration: Collaboration
    trend: Trend
    recommendations: Annotated[list[Recommendation], Meta(description="None is an answer too.")]
    work: list[Work]
