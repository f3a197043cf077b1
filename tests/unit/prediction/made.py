"""Histories whose true chances are known: rows as `history.sql` gives them, the newest first."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np

from analytics.prediction.learnt import learn

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
DAYS = 20
AGENTS = {"ann": 1.0, "bob": 0.0, "cid": -1.6, "dot": 0.6}
BIG = -1.2
NIGHT = 0.8


def chance(agent, size, hour):
    """The true chance that a task completes."""
    eta = 1.2 + AGENTS[agent] + (BIG if size > 1e5 else 0) + (NIGHT if hour < 6 else 0)
    return 1 / (1 + math.exp(-eta))


def history(seed, tasks=2000, function="code.write", telling=True, rate=0.8):
    """Rows; with `telling`, agent, size and hour decide, else they say nothing of the outcome."""
    random = np.random.default_rng(seed)
    rows = []
    for at in np.sort(random.uniform(0, DAYS * 86_400, tasks)):
        submitted = NOW - timedelta(days=DAYS) + timedelta(seconds=float(at))
        agent, size = str(random.choice(list(AGENTS))), float(10 ** random.uniform(2, 6.5))
        p = chance(agent, size, submitted.hour) if telling else rate
        slow = (4.0 if size > 1e5 else 1.0) if telling else 1.0
        run = float(1000 * slow * np.exp(random.normal(0, 0.5)))
        rows.append(row(submitted, bool(random.random() < p), function, agent=agent, size=size, run_ms=run))
    return rows[::-1]


def row(submitted, ok=True, function="code.write", **own):
    """One row."""
    wait, run = own.get("wait_ms", 10.0), own.get("run_ms", 1000.0)
    started = submitted.timestamp() + wait / 1000
    lasting = run / 1000 if run is not None and math.isfinite(run) else 0.0
    return [
        function, ok, own.get("agent"), own.get("model"), own.get("size"), submitted.timestamp(), started,
        started + lasting, wait, run, own.get("usd", 0.0), own.get("attempts", 1),
        None if ok else own.get("cause", "timeout"), own.get("parent"), own.get("priority", "medium"),
    ]  # fmt: skip


def learned(rows):
    """What is learnt of them."""
    return learn(rows, NOW)
