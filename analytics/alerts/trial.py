"""Tries a rule: what it sees now, and what it would have told in past hours. Nothing is kept or told."""

import time
from datetime import UTC, datetime
from typing import Literal

from msgspec import structs

from analytics.alerts.engine import Engine
from analytics.alerts.machine import Case, Moment, beyond, stepped
from analytics.alerts.ruleset import Held
from analytics.alerts.series import Series
from analytics.alerts.sources import reading
from analytics.alerts.state import Facts, view
from analytics.store import Store
from subjects import codec, errors
from subjects.alerts import Alert, Rule, RuleTest, Tried
from subjects.client import alerts as wire
from subjects.rules import checked

COLUMNS = {"cpu": "cpu_usage", "memory": "memory_usage", "disk": "disk_usage"}
"""Figures whose past is known value by value."""
ROWS = 700_000
MOST_TOLD = 200

_PAST = """
SELECT host, epoch(measured_at) AS at, {column} AS value FROM system_metrics
WHERE measured_at > $since AND measured_at <= $until ORDER BY measured_at
"""


async def tried(engine: Engine, store: Store, test: RuleTest, now: float) -> Tried:
    """What comes of a rule; what is wrong with it stands in `error`."""
    began = time.perf_counter()
    try:
        rule = checked(test.rule)
        if engine.sources.is_live(rule):
            readings = engine.sources.live(rule, now, 0.0)
        else:
            readings = await engine.sources.asked(rule)
        facts = Facts(readings=[own for own in readings if own.settled])
        values = [
            structs.replace(own, state=_would(rule, own.value)) for own in view(Held(rule), facts, {}).values
        ]
        past = await replayed(store, rule, test.hours) if test.hours else []
    except errors.RevoError as error:
        return Tried([], error=error.message, took_ms=_since(began))
    return Tried(values, past, took_ms=_since(began))


async def replayed(store: Store, rule: Rule, hours: float) -> list[Alert]:
    """The alerts of past hours, oldest first, two hundred at most; InvalidRequest where none are kept."""
    column = COLUMNS.get(rule.expression)
    if column is None or rule.kind == "absence":
        known = ", ".join(COLUMNS)
        raise errors.InvalidRequest(
            f"the past is known value by value of {known}, not of {rule.expression[:80]}"
        )
    until = codec.now().replace(tzinfo=None)
    since = datetime.fromtimestamp(codec.now().timestamp() - hours * 3600, UTC).replace(tzinfo=None)
    sql = _PAST.format(column=column)
    table = await store.query(sql, {"since": since, "until": until}, ROWS)
    series: dict[str, Series] = {}
    alerts: dict[str, Alert | None] = {}
    pending: dict[str, float | None] = {}
    told: list[Alert] = []
    for host, at, value in table.rows:
        own = series.setdefault(host, Series())
        own.add(at, value, rule.window)
        labels, now = {"host": host}, Moment(at, datetime.fromtimestamp(at, UTC))
        case = Case(rule, wire.key(rule.name, labels), alerts.get(host), pending.get(host))
        step = stepped(case, reading(rule, labels, own, at), now)
        pending[host] = step.pending
        if step.change is not None:
            alerts[host] = step.change
            told.append(step.change)
            if len(told) >= MOST_TOLD:
                break
    return told


def _would(rule: Rule, value: float | None) -> Literal["ok", "firing"]:
    return "firing" if beyond(rule, value) else "ok"


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
