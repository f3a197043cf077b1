"""Which agents are beyond their thresholds, told when that begins and when it ends.

Hysteresis: what fires goes on until the figure is clearly back, a tenth below a limit from above, a point
above one from below, so that a figure on the edge does not ring all day. Judged are five minutes and at least
ten tasks: one failure is no alarm. An agent with fewer is left as it is; with none at all it has recovered.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

from msgspec import Struct

from subjects.agents import AlertMetric, PerformanceAlert, Thresholds

ENOUGH = 10
"""Judged tasks below which nothing new is said of an agent."""
METRICS: tuple[AlertMetric, ...] = get_args(AlertMetric)

Firing = Mapping[tuple[str, AlertMetric], PerformanceAlert]


class Figures(Struct, frozen=True):
    """How an agent did over the last five minutes."""

    agent: str
    judged: int
    response_ms: float | None
    success_rate: float | None
    error_rate: float | None


def figures(row: Mapping[str, Any]) -> Figures:
    """The figures in a row of the query `recent_agents`."""
    return Figures(*(row[name] for name in Figures.__struct_fields__))


def changes(
    firing: Firing, seen: Iterable[Figures], limits: Callable[[str], Thresholds], now: datetime
) -> list[PerformanceAlert]:
    """What is to be told: alerts that begin and alerts that end."""
    by_agent = {own.agent: own for own in seen}
    known = {*by_agent, *(agent for agent, _ in firing)}
    found = []
    for agent in sorted(known):
        own = by_agent.get(agent, Figures(agent, 0, None, None, None))
        for metric in METRICS:
            changed = _change(own, metric, getattr(limits(agent), metric), firing.get((agent, metric)), now)
            if changed is not None:
                found.append(changed)
    return found


def beyond(metric: AlertMetric, value: float, limit: float) -> bool:
    """Whether a figure is on the wrong side of its limit.

    >>> beyond("success_rate", 84.9, 85), beyond("error_rate", 10.0, 10), beyond("response_ms", 5001, 5000)
    (True, False, True)
    """
    return value < limit if metric == "success_rate" else value > limit


def recovered(metric: AlertMetric, value: float, limit: float) -> bool:
    """Whether a figure is clearly on the right side again.

    >>> recovered("success_rate", 85.5, 85), recovered("success_rate", 86, 85), recovered("error_rate", 9, 10)
    (False, True, True)
    """
    return value >= min(limit + 1, 100) if metric == "success_rate" else value <= limit * 0.9


def _change(
    own: Figures, metric: AlertMetric, limit: float, before: PerformanceAlert | None, now: datetime
) -> PerformanceAlert | None:
    value = getattr(own, metric)
    if before is None:
        if own.judged < ENOUGH or value is None or not beyond(metric, value, limit):
            return None
        return PerformanceAlert(own.agent, metric, "firing", round(value, 2), limit, own.judged, now, now)
    if own.judged == 0:
        value = None
    elif own.judged < ENOUGH or value is None or not recovered(metric, value, limit):
        return None
    shown = None if value is None else round(value, 2)
    return PerformanceAlert(own.agent, metric, "resolved", shown, limit, own.judged, before.since, now)
