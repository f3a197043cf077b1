"""What to do about an agent: rules over its figures, that speak only where more than noise stands behind."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, to_builtins

from analytics.insight.intervals import ENOUGH
from subjects.agents import Thresholds
from subjects.insight import AgentInsight, Recommendation

RETRIES = 1.5
"""Attempts a task from which its function is called flaky."""
WASTE = 0.2
"""Share of the dollars that may go into tasks that fail."""
MUCH_WAITING = 1000.0
"""Milliseconds of waiting that nobody minds, whatever the work takes."""


class Case(Struct, frozen=True):
    """An agent's figures, the kind of error that most of its failures have, and what it is held to."""

    insight: AgentInsight
    failed_mostly: str | None = None
    thresholds: Thresholds = Thresholds()


def recommendations(case: Case) -> list[Recommendation]:
    """What the figures call for; nothing where all is well, or too little is known."""
    return [found for rule in RULES if (found := rule(case)) is not None]


def _failing(case: Case) -> Recommendation | None:
    """The whole interval of its success rate lies below its threshold."""
    own, least = case.insight.success, case.thresholds.success_rate
    if not own.enough or own.interval is None or (own.interval[1] or 0.0) >= least:
        return None
    mostly = f"; most failures are {case.failed_mostly}" if case.failed_mostly else ""
    said = (
        f"{own.percent:g} % of {own.of} tasks succeed, {least:g} % should{mostly}: look at its errors first"
    )
    return _said("success_below_threshold", said, success=own, threshold=least, mostly=case.failed_mostly)


def _slow(case: Case) -> Recommendation | None:
    """The whole interval of its median response time lies above its threshold."""
    own, most = case.insight.response_ms, case.thresholds.response_ms
    low = own.p50_interval[0] if own.p50_interval else None
    if low is None or low <= most:
        return None
    said = f"half of its tasks take more than {own.p50:g} ms, {most:g} ms is the limit"
    return _said("response_above_threshold", said, response_ms=own, threshold=most)


def _waiting(case: Case) -> Recommendation | None:
    """The median task waits longer than it runs, and for a second or more."""
    own = case.insight.response_ms
    waits, runs = own.queue_p50, own.run_p50
    if case.insight.tasks < ENOUGH or waits is None or runs is None or waits < max(runs, MUCH_WAITING):
        return None
    said = f"tasks wait {waits:g} ms and run {runs:g} ms (medians): more workers or slots for its queues"
    return _said("waits_longer_than_it_works", said, queue_p50=waits, run_p50=runs, tasks=case.insight.tasks)


def _worse(case: Case) -> Recommendation | None:
    """A figure of the trend is worse by more than noise."""
    trend = case.insight.trend
    figures = {"success": trend.success, "response": trend.response, "satisfaction": trend.satisfaction}
    worse = {name: own for name, own in figures.items() if own.verdict == "worse"}
    if not worse:
        return None
    told = ", ".join(f"{name} {own.before:g} -> {own.now:g}" for name, own in worse.items())
    said = f"worse than in the period before: {told}; look for what changed (`revo agent history`)"
    return _said("worse_than_before", said, **worse)


def _retrying(case: Case) -> Recommendation | None:
    """A function that it runs often needs many attempts."""
    flaky = [own for own in case.insight.work if own.success.enough and own.attempts >= RETRIES]
    if not flaky:
        return None
    worst = max(flaky, key=lambda own: own.attempts)
    said = f"{worst.function} takes {worst.attempts:g} attempts a task: make its cause permanent or mend it"
    return _said("many_attempts", said, function=worst.function, attempts=worst.attempts, of=worst.success.of)


def _others(case: Case) -> Recommendation | None:
    """Others succeed more often at the same work, by more than noise."""
    own = case.insight.specialization
    if own.advantage_interval is None or (own.advantage_interval[1] or 0.0) >= 0:
        return None
    said = f"others succeed {-(own.advantage or 0):g} points more often at the same functions"
    return _said(
        "others_do_it_better", said, advantage=own.advantage, interval=own.advantage_interval, of=own.compared
    )


def _discontent(case: Case) -> Recommendation | None:
    """Fewer than half of those who rate are content, by the whole interval."""
    own = case.insight.satisfaction.satisfied
    if not own.enough or own.interval is None or (own.interval[1] or 0.0) >= 50:
        return None
    said = f"{own.count} of {own.of} ratings are 4 or 5: read the comments (`revo query ratings`)"
    return _said("users_are_not_content", said, satisfied=own)


def _wasted(case: Case) -> Recommendation | None:
    """A fifth of the dollars or more goes into tasks that do not complete."""
    own = case.insight.cost
    if not own.usd or own.usd_failed is None or own.asked < ENOUGH or own.usd_failed < WASTE * own.usd:
        return None
    said = f"{own.usd_failed:g} of {own.usd:g} USD went into tasks that did not complete"
    return _said("pays_for_failures", said, usd=own.usd, usd_failed=own.usd_failed, asked=own.asked)


def _apart(case: Case) -> Recommendation | None:
    """Joint work ends worse than its parts alone would let one expect, by the whole interval."""
    own = case.insight.collaboration
    if own.effectiveness_interval is None or (own.effectiveness_interval[1] or 0.0) >= 0:
        return None
    said = f"joint tasks complete {-(own.effectiveness or 0):g} points less often than their parts alone"
    return _said(
        "joint_work_loses", said,
        effectiveness=own.effectiveness, interval=own.effectiveness_interval, of=own.compared,
    )  # fmt: skip


def _said(rule: str, text: str, **figures: Any) -> Recommendation:
    return Recommendation(rule, text, to_builtins(figures))


RULES: tuple[Callable[[Case], Recommendation | None], ...] = (
    _failing,
    _slow,
    _waiting,
    _worse,
    _retrying,
    _others,
    _discontent,
    _wasted,
    _apart,
)
"""In the order in which they are told."""
