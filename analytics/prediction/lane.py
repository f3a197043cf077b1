"""How long a task waits before it starts: by what is in front of it now, else by how long others waited."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from msgspec import Struct

from analytics.prediction.belief import quantile
from analytics.prediction.durations import GRID
from analytics.prediction.factors import span
from analytics.prediction.past import Floats, Past
from subjects.prediction import Factor

HALF_LIFE = 6 * 3600.0
"""Seconds after which a wait counts half: load changes sooner than functions do."""
FEW = 20
OVERTAKES = ("critical", "high")
NORMAL: Floats = np.array([NormalDist().inv_cdf(float(at)) for at in GRID])


class Lane(Struct, frozen=True):
    """A queue now: how many wait, who serves it, and how many it ends a second."""

    queue: str
    queued: int
    running: int
    workers: int
    status: str
    per_second: float


def lanes(rows: Sequence[Sequence[Any]]) -> dict[str, Lane]:
    """Rows of `lanes.sql` by queue."""
    return {
        queue: Lane(queue, int(queued or 0), int(running or 0), int(workers or 0), status or "", float(moved))
        for queue, queued, running, workers, status, moved in rows
    }


class Wait(Struct, frozen=True):
    """Milliseconds at each place of GRID, None where nobody can tell; and why."""

    ms: Floats | None
    factors: list[Factor] = []


def wait(past: Past, lane: Lane | None, priority: str | None, now: float) -> Wait:
    """The wait of a task that is submitted now.

    Behind n tasks of a queue where r end in a second it is the time until n + 1 have ended:
    Gamma(n + 1) / r, where they end at random (a Poisson process). What overtakes is told by the waits of its
    own priority.
    """
    if lane is None:
        return Wait(_past_waits(past, priority, now))
    if lane.status == "stopped" or not lane.workers:
        why = "is stopped" if lane.status == "stopped" else "has no worker"
        told = f"the queue {lane.queue} {why}: nothing starts ({lane.queued} wait)"
        shown = {"queued": lane.queued, "workers": lane.workers}
        hint = (
            f"revo engine start {lane.queue}"
            if lane.status == "stopped"
            else f"start a worker for {lane.queue}"
        )
        return Wait(None, [Factor("workers", "wait", told, shown, hint)])
    if not lane.queued or not lane.running or priority in OVERTAKES:
        return Wait(_past_waits(past, priority, now))
    pace = _pace(past, lane)
    figures: dict[str, float] = {"queued": lane.queued, "per_minute": pace * 60, "workers": lane.workers}
    if not pace:
        told = f"the queue {lane.queue} is {lane.queued} deep and nothing has ended in the last 10 min"
        return Wait(None, [Factor("queue", "wait", told, figures)])
    ms = behind(lane.queued, pace)
    told = f"the queue {lane.queue} is {lane.queued} deep: waits {span(float(ms[49]))}"
    told += f" ({pace * 60:.1f} end a minute)"
    return Wait(ms, [Factor("queue", "wait", told, figures, f"{told}; a higher priority overtakes them")])


def _pace(past: Past, lane: Lane) -> float:
    """Tasks that end in a second while the queue is busy: as counted, or what runs by its mean time."""
    runs = past.run_ms[np.isfinite(past.run_ms)]
    mean = float(runs.mean()) / 1000 if len(runs) else 0.0
    return max(lane.per_second, lane.running / mean if mean else 0.0)


def behind(queued: int, per_second: float) -> Floats:
    """Quantiles of Gamma(n + 1) / r, by Wilson and Hilferty's cube (Proc. Nat. Acad. Sci. 17, 1931)."""
    n = queued + 1
    cube = 1 - 1 / (9 * n) + NORMAL / (3 * np.sqrt(n))
    return np.asarray(1000 * n * np.maximum(cube, 0.0) ** 3 / per_second, dtype=np.float64)


def _past_waits(past: Past, priority: str | None, now: float) -> Floats | None:
    measured = np.isfinite(past.wait_ms)
    own = measured & np.array([each == priority for each in past.priorities])
    chosen = own if own.sum() >= FEW else measured
    if not chosen.any():
        return None
    ms = past.wait_ms[chosen]
    weights = np.maximum(0.5 ** (np.maximum(0.0, now - past.finished[chosen]) / HALF_LIFE), 1e-9)
    order = np.argsort(ms, kind="stable")
    return quantile(ms[order], weights[order], GRID)
