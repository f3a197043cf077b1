"""The parts of an insight, each from the rows of one query."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from analytics.insight.intervals import (
    ENOUGH,
    Logs,
    Z,
    around,
    between,
    concentration,
    factors,
    rate,
    shares,
    wilson,
)
from subjects.agents import Origin
from subjects.insight import (
    Collaboration,
    Cost,
    Handover,
    Satisfaction,
    Specialization,
    Times,
    Trend,
    Work,
)

Row = Mapping[str, Any]
PRIOR = 10
"""Tasks that a function's common rate counts for, where few others have done it."""


class Facts(Struct, frozen=True):
    """What the queries told of one agent."""

    agent: str
    origin: Origin
    work: Sequence[Row] = ()
    before: Sequence[Row] = ()
    times: Row | None = None
    cost: Row | None = None
    ratings: Row | None = None
    ratings_before: Row | None = None
    joint: Row | None = None

    @property
    def judged(self) -> tuple[int, int]:
        """Completed tasks, of those that were not canceled."""
        return _part(self.work)


def times(facts: Facts) -> Times:
    """Percentiles with intervals."""
    own = facts.times
    if own is None:
        return Times(None, None, None, None, 0, None, None)
    read, count = own["percentiles"], own["completed"]
    return Times(
        _rounded(read.get(50)),
        _rounded(read.get(95)),
        between(read, 0.5, count),
        between(read, 0.95, count),
        count,
        _rounded(own["queue_p50"]),
        _rounded(own["run_p50"]),
    )


def steps(count: int) -> list[int]:
    """Which percentiles the intervals of so many times are read from."""
    read = [step for share in (0.5, 0.95) for step in around(share, count)] if count else []
    return [step for step in read if 0 <= step <= 100]


def cost(facts: Facts) -> Cost:
    """Dollars a task: 0 where no model was asked, null where a price is not known."""
    own, tasks = facts.cost, facts.judged[1]
    if own is None:
        return Cost(0.0 if tasks else None, 0.0, tasks, 0, 0, 0.0)
    if own["unpriced"]:
        return Cost(None, None, tasks, own["asked"], own["unpriced"], None)
    each = round(own["usd"] / tasks, 6) if tasks else None
    return Cost(each, round(own["usd"], 6), tasks, own["asked"], 0, round(own["usd_failed"], 6))


def satisfaction(facts: Facts) -> Satisfaction:
    """The mean score and the share of who is content."""
    own = facts.ratings
    if own is None:
        return Satisfaction(None, rate(0, 0), "no ratings")
    content = rate(own["satisfied"], own["ratings"])
    note = "" if content.enough else f"{own['ratings']} ratings: not enough to conclude from"
    return Satisfaction(round(own["mean"], 2), content, note)


def specialization(facts: Facts) -> Specialization:
    """How concentrated the work is, and how its success compares with that of others at the same work."""
    counts = {row["function"]: row["judged"] for row in facts.work}
    known = facts.work[0]["known"] if facts.work else 0
    whole = sum(counts.values())
    most = max(counts, key=lambda name: counts[name]) if counts else None
    advantage, interval, compared = _advantage(facts.work)
    notes = []
    if whole < ENOUGH:
        notes.append(f"{whole} tasks: not enough")
    elif known < 2:
        notes.append("there is only one function, so nobody can be more or less of a specialist")
    if not compared:
        notes.append("nobody else does its functions often enough to compare")
    elif advantage is None:
        notes.append(f"{compared} tasks to compare: not enough")
    return Specialization(
        score=concentration(counts, known),
        functions=len(counts),
        known=known,
        tasks=whole,
        most=most,
        most_percent=None if most is None else round(100 * counts[most] / whole, 1),
        advantage=advantage,
        advantage_interval=interval,
        compared=compared,
        note="; ".join(notes),
    )


def _advantage(work: Sequence[Row]) -> tuple[float | None, list[float | None] | None, int]:
    """Observed less expected completions in points of all compared tasks.

    Expected is what others reach at the same functions (indirect standardisation), their rate shrunk to that
    of all who do the function, who count as `PRIOR` tasks.
    """
    shared = [row for row in work if row["others_judged"] >= ENOUGH]
    compared = sum(row["judged"] for row in shared)
    if compared < ENOUGH:
        return None, None, compared
    gap = variance = 0.0
    for row in shared:
        judged, others = row["judged"], row["others_judged"]
        common = (row["completed"] + row["others_completed"]) / (judged + others)
        hoped = (row["others_completed"] + PRIOR * common) / (others + PRIOR)
        gap += row["completed"] - judged * hoped
        # What others reach is known from a sample too. Half a task keeps 0 and 1 from being sure.
        even = (row["completed"] + row["others_completed"] + 0.5) / (judged + others + 1)
        variance += even * (1 - even) * (judged + judged * judged / others)
    half = Z * math.sqrt(variance)
    low, high = (round(100 * (gap + side) / compared, 1) for side in (-half, half))
    return round(100 * gap / compared, 1), [low, high], compared


def collaboration(facts: Facts) -> Collaboration:
    """How joint work ends, against the product of what its parts do alone."""
    own = facts.joint
    if own is None:
        note = "no task of it was done by parts of two queues or more"
        return Collaboration(rate(0, 0), None, 0, None, None, [], Handover(None, None, 0), note)
    compared, done = own["compared"], own["compared_completed"]
    effect, interval, note = None, None, ""
    if compared >= ENOUGH:
        hoped = 100 * own["expected"]
        low, high = wilson(done, compared)
        effect = round(100 * done / compared - hoped, 1)
        interval = [round(low - hoped, 1), round(high - hoped, 1)]
    else:
        note = f"{compared} joint tasks whose parts are known from {ENOUGH} tasks or more alone: not enough"
    return Collaboration(
        joint=rate(own["completed"], own["joint"]),
        expected=None if own["expected"] is None else round(100 * own["expected"], 1),
        compared=compared,
        effectiveness=effect,
        effectiveness_interval=interval,
        partners=[queue for queue in own["queues"] if queue != facts.agent],
        handover=Handover(_rounded(own["handover_p50"]), _rounded(own["handover_p95"]), own["handovers"]),
        note=note,
    )


def trend(facts: Facts) -> Trend:
    """This period beside the one before."""
    now, before = facts.judged, _part(facts.before)
    return Trend(
        success=shares(now, before),
        response=factors(_logs(facts.work), _logs(facts.before)),
        satisfaction=shares(_content(facts.ratings), _content(facts.ratings_before)),
        tasks=now[1],
        tasks_before=before[1],
    )


def work(facts: Facts) -> list[Work]:
    """Each function, the most frequent first."""
    return [
        Work(
            function=row["function"],
            success=rate(row["completed"], row["judged"]),
            others=rate(row["others_completed"], row["others_judged"]),
            response_ms=_logs([row]).mean,
            attempts=round(row["attempts"] / row["judged"], 2),
        )
        for row in facts.work
    ]


def _part(rows: Sequence[Row]) -> tuple[int, int]:
    return sum(row["completed"] for row in rows), sum(row["judged"] for row in rows)


def _content(row: Row | None) -> tuple[int, int]:
    return (0, 0) if row is None else (row["satisfied"], row["ratings"])


def _logs(rows: Sequence[Row]) -> Logs:
    logs = Logs()
    for row in rows:
        logs.add(row["completed"], row["log_sum"], row["log_squares"])
    return logs


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
