"""What becomes of an alert when a rule sees a value: pure, and the only place that decides it.

An alert rings when a value has been beyond the limit for as long as the rule says, without a break. It goes
on until the value is back past the clear level, so that a figure on the edge rings once. What is not a finite
number is no value. Durations are measured on a clock that only runs forward; the time of day is for people.
"""

import math
from datetime import datetime

from msgspec import Struct, structs

from subjects.alerts import Alert, AlertState, Rule, Severity
from subjects.rules import rendered


class Moment(Struct, frozen=True):
    """Now: `steady` in seconds of a clock that never jumps, `wall` as people write it."""

    steady: float
    wall: datetime


class Reading(Struct, frozen=True):
    """What a rule sees for one set of labels. Not `settled`: too little is known yet to change anything."""

    labels: dict[str, str]
    value: float | None
    settled: bool = True


class Step(Struct, frozen=True):
    """What follows: since when the value is beyond the limit, and the alert anew where something changed.

    `forget`: an alert that was ended by hand has been well since and may ring again.
    """

    pending: float | None = None
    change: Alert | None = None
    forget: bool = False


class Case(Struct, frozen=True):
    """One rule and one set of labels as they stood: `pending` on the steady clock."""

    rule: Rule
    id: str
    alert: Alert | None = None
    pending: float | None = None
    silenced: bool = False


def stepped(case: Case, reading: Reading, now: Moment) -> Step:
    """The next state of a case."""
    alert, rule = case.alert, case.rule
    ringing = alert is not None and alert.state != "resolved"
    value = reading.value if reading.value is not None and math.isfinite(reading.value) else None
    if not reading.settled or (value is None and rule.no_data == "keep"):
        return Step(case.pending)
    if alert is not None and ringing:
        if well(rule, value):
            return Step(change=ended(case, alert, reading.labels, value, now))
        return Step(change=_graver(case, alert, value, now))
    if alert is not None and alert.resolved_by is not None:
        return Step(forget=well(rule, value))
    if not beyond(rule, value):
        return Step()
    since = now.steady if case.pending is None else case.pending
    if now.steady - since < rule.duration:
        return Step(since)
    return Step(since, begun(case, reading.labels, value, now))


def beyond(rule: Rule, value: float | None) -> bool:
    """Whether a value is on the wrong side of the limit; on it is not beyond it."""
    if value is None:
        return rule.no_data == "fire"
    return value > rule.limit if rule.side == "above" else value < rule.limit


def well(rule: Rule, value: float | None) -> bool:
    """Whether a value is back past the clear level."""
    if value is None:
        return rule.no_data != "fire"
    return value <= rule.cleared if rule.side == "above" else value >= rule.cleared


def severity(rule: Rule, value: float | None, before: Severity | None = None) -> Severity:
    """How grave a value is, with hysteresis for one that was critical."""
    if rule.critical is None or value is None:
        return rule.severity if before is None else before
    sign = 1 if rule.side == "above" else -1
    if sign * (value - rule.critical) >= 0:
        return "critical"
    back = rule.cleared_critical
    if before == "critical" and back is not None and sign * (value - back) > 0:
        return "critical"
    return rule.severity


def begun(case: Case, labels: dict[str, str], value: float | None, now: Moment) -> Alert:
    """A new alert."""
    rule = case.rule
    return Alert(
        id=f"{case.id}-{int(now.wall.timestamp() * 1000):x}",
        rule=rule.name,
        severity=severity(rule, value),
        state="firing",
        summary=summary(rule, labels, value),
        since=now.wall,
        updated_at=now.wall,
        labels={**labels, **rule.labels},
        value=shown(value),
        threshold=rule.limit,
        silenced=case.silenced,
    )


def ended(case: Case, alert: Alert, labels: dict[str, str], value: float | None, now: Moment) -> Alert:
    """The alert as one that has ended by itself."""
    return structs.replace(
        alert,
        state="resolved",
        summary=f"No value any more; it was: {alert.summary}"
        if value is None
        else summary(case.rule, labels, value),
        value=shown(value),
        updated_at=now.wall,
        resolved_at=now.wall,
        silenced=case.silenced,
    )


def summary(rule: Rule, labels: dict[str, str], value: float | None) -> str:
    """The sentence of a rule for one value."""
    words = {
        "rule": rule.name,
        "value": "no value" if value is None else f"{shown(value):.10g}",
        "limit": f"{rule.limit:g}",
        **rule.labels,
        **labels,
    }
    return rendered(rule.summary, words)


def shown(value: float | None) -> float | None:
    """A value as it is told: to a hundredth."""
    return None if value is None else round(value, 2)


def _graver(case: Case, alert: Alert, value: float | None, now: Moment) -> Alert | None:
    """The alert with another severity or another silence; None where both are as they were."""
    grave = severity(case.rule, value, alert.severity)
    if grave == alert.severity and case.silenced == alert.silenced:
        return None
    worse = grave == "critical" != alert.severity
    # Who acknowledged a warning has not acknowledged this.
    state: AlertState = "firing" if worse else alert.state
    return structs.replace(
        alert,
        severity=grave,
        state=state,
        acknowledged_by=None if worse else alert.acknowledged_by,
        summary=summary(case.rule, _own(alert, case.rule), value),
        value=shown(value),
        updated_at=now.wall,
        silenced=case.silenced,
    )


def _own(alert: Alert, rule: Rule) -> dict[str, str]:
    return {label: own for label, own in alert.labels.items() if label not in rule.labels}
