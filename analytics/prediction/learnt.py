"""All that is learnt from history at one moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from msgspec import Struct

from analytics.prediction import together
from analytics.prediction.judge import Verdict, judge
from analytics.prediction.model import Model
from analytics.prediction.past import Past, grouped


class Known(Struct, frozen=True):
    """One function: its tasks, its model, and what that has shown."""

    past: Past
    model: Model
    verdict: Verdict


class Whole(Struct, frozen=True):
    """Every function with history. `correlation` is that of failures under one parent, where there is any."""

    functions: Mapping[str, Known]
    tasks: int
    since: datetime | None
    until: datetime | None
    at: datetime
    correlation: together.Correlation
    future: int = 0


def learn(rows: Sequence[Sequence[Any]], now: datetime, future: int = 0) -> Whole:
    """Models from rows of `history.sql`; `future` tasks that had not yet ended were left out of them."""
    pasts = grouped(rows)
    share = _share_until(pasts)
    functions = {}
    moment = now.timestamp()
    for name, past in pasts.items():
        cut = float(np.quantile(past.submitted, 0.7))
        functions[name] = Known(past, Model(past, moment, share(moment)), judge(past, share(cut)))
    finished = [float(edge) for past in pasts.values() for edge in (past.finished[0], past.finished[-1])]
    return Whole(
        functions,
        len(rows),
        moment_of(min(finished)) if finished else None,
        moment_of(max(finished)) if finished else None,
        now,
        together.correlation([(known.past, known.model.base.mean) for known in functions.values()]),
        future,
    )


def moment_of(seconds: float) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def _share_until(pasts: Mapping[str, Past]) -> Callable[[float], float]:
    """What is believed of a function without tasks: the share of all that had completed, and a half.

    Both count as one task each. The share alone would make one outcome that never came impossible.
    """
    finished = np.concatenate([past.finished for past in pasts.values()]) if pasts else np.zeros(0)
    ok = np.concatenate([past.ok for past in pasts.values()]) if pasts else np.zeros(0, dtype=bool)
    order = np.argsort(finished, kind="stable")
    ordered, good = finished[order], np.cumsum(ok[order])

    def share(moment: float) -> float:
        place = int(np.searchsorted(ordered, moment, side="right"))
        return (float(good[place - 1]) / place + 0.5) / 2 if place else 0.5

    return share
