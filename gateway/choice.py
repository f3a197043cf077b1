"""The best agent for a job, with the reasons: a ranking of what is known, nothing else.

In this order: who is idle, who answers fastest, who succeeds most, who has least waiting, who has done more,
who costs less, who asked local models alone. Figures are compared in bands, so that a millisecond does not
outweigh a success rate; what is not known ranks behind what is. Equal in all: the first id.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from msgspec import Struct

from subjects.agents import (
    AgentView,
    Choice,
    ChoiceRequest,
    Criterion,
    Excluded,
    Ranked,
    Reason,
)

ORDER: tuple[Criterion, ...] = get_args(Criterion)
"""The usual order of the criteria; `prefer` moves some to the front."""
READY = ("idle", "processing", "overloaded", "error")
"""Statuses of who can take a task at all, best first."""


class Candidate(Struct, frozen=True):
    """An agent and its last day: finished tasks, dollars for one, whether its models were local."""

    view: AgentView
    tasks: int | None = None
    cost: float | None = None
    local: bool | None = None


def choose(request: ChoiceRequest, candidates: Sequence[Candidate]) -> Choice:
    """Who is best, what decided it, and the others in order."""
    excluded = [
        Excluded(one.view.id, why) for one in candidates if (why := _unfit(one, request.exclude)) is not None
    ]
    out = {one.agent for one in excluded}
    order: list[Criterion] = list(dict.fromkeys((*request.prefer, *ORDER)))
    ranked = sorted(
        (_ranked(one, order) for one in candidates if one.view.id not in out),
        key=lambda one: ([(reason.rank is None, reason.rank) for reason in one.reasons], one.agent),
    )
    if not ranked:
        can = ", ".join(request.capabilities)
        why = f"nobody who can do {can} takes tasks now" if excluded else f"nobody can do {can}"
        return Choice(None, None, why, [], excluded[: request.most])
    decided = _decided(ranked[0], ranked[1]) if len(ranked) > 1 else None
    return Choice(
        ranked[0].agent, decided, _why(ranked, decided), ranked[: request.most], excluded[: request.most]
    )


def _unfit(one: Candidate, exclude: Sequence[str]) -> str | None:
    if one.view.id in exclude:
        return "excluded by the request"
    return None if one.view.status in READY else f"is {one.view.status}"


def _ranked(one: Candidate, order: Sequence[Criterion]) -> Ranked:
    return Ranked(one.view.id, one.view.status, [RULES[criterion](one) for criterion in order])


def _decided(first: Ranked, second: Ranked) -> Criterion | None:
    for one, other in zip(first.reasons, second.reasons, strict=True):
        if one.rank != other.rank:
            return one.criterion
    return None


def _why(ranked: Sequence[Ranked], decided: Criterion | None) -> str:
    first = ranked[0]
    if len(ranked) == 1:
        return f"{first.agent} is the only one"
    if decided is None:
        return f"{first.agent} and {ranked[1].agent} are equal in everything; the first id is taken"
    one, other = (
        next(reason for reason in each.reasons if reason.criterion == decided) for each in (first, ranked[1])
    )
    return f"{first.agent}: {one.why}; {ranked[1].agent}: {other.why}"


def _status(one: Candidate) -> Reason:
    return Reason("status", one.view.status, READY.index(one.view.status), one.view.status)


def _response(one: Candidate) -> Reason:
    """Bands of a quarter: 100 ms and 120 ms are the same, 100 ms and 130 ms are not."""
    value = one.view.response_ms
    if value is None:
        return Reason("response", None, None, "response time unknown")
    band = math.floor(math.log(max(value, 1.0), 1.25))
    return Reason("response", value, band, f"answers in {value:g} ms")


def _success(one: Candidate) -> Reason:
    """Bands of five percent."""
    value = one.view.success_rate
    if value is None:
        return Reason("success", None, None, "success rate unknown")
    return Reason("success", value, -math.floor(value / 5), f"{value:g} % of its tasks succeed")


def _load(one: Candidate) -> Reason:
    """What waits and runs for each worker."""
    value = round((one.view.queued + one.view.running) / max(1, one.view.workers), 2)
    return Reason("load", value, math.ceil(value), f"{value:g} tasks wait or run for each worker")


def _history(one: Candidate) -> Reason:
    """Bands of ten times: 20 finished tasks and 90 are the same."""
    if one.tasks is None:
        return Reason("history", None, None, "history unknown")
    band = -math.floor(math.log10(one.tasks)) if one.tasks else 1
    return Reason("history", one.tasks, band, f"finished {one.tasks} tasks in a day")


def _cost(one: Candidate) -> Reason:
    if one.cost is None:
        return Reason("cost", None, None, "cost unknown")
    band = -1000.0 if one.cost <= 0 else math.floor(math.log(one.cost, 1.25))
    return Reason("cost", one.cost, band, f"costs {one.cost:g} USD a task")


def _local(one: Candidate) -> Reason:
    if one.local is None:
        return Reason("local", None, 0, "asked no model")
    why = "asked local models alone" if one.local else "asked models elsewhere"
    return Reason("local", one.local, 0 if one.local else 1, why)


RULES: Mapping[Criterion, Callable[[Candidate], Reason]] = {
    "status": _status,
    "response": _response,
    "success": _success,
    "load": _load,
    "history": _history,
    "cost": _cost,
    "local": _local,
}
