"""How the rules stand, for whoever asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from analytics.alerts.ledger import Track
from analytics.alerts.machine import Reading, severity, shown, summary
from analytics.alerts.ruleset import Held
from subjects.alerts import RuleView, Value
from subjects.client import alerts as wire

SHOWN = 20
"""Values that are shown of a rule."""
_ORDER = ("firing", "acknowledged", "silenced", "pending", "ok")


class Facts(Struct):
    """What is known of a rule from the last time it was worked out. `due` and `took` are seconds."""

    readings: Sequence[Reading] = ()
    error: str | None = None
    dropped: int = 0
    at: datetime | None = None
    took: float = 0.0
    due: float = 0.0


def view(held: Held, facts: Facts, tracks: dict[str, Track]) -> RuleView:
    """A rule as it stands."""
    rule = held.rule
    values = [
        _value(held, reading, tracks.get(wire.key(rule.name, reading.labels))) for reading in facts.readings
    ]
    values.sort(key=lambda own: (_ORDER.index(own.state), -(own.value or 0.0)))
    return RuleView(
        rule=rule,
        origin="own" if held.revision else "default",
        state=_state(held, facts, values),
        values=values[:SHOWN],
        error=facts.error,
        dropped=facts.dropped,
        evaluated_at=facts.at,
        took_ms=round(facts.took * 1000, 3) if facts.took else None,
        revision=held.revision,
    )


def _state(
    held: Held, facts: Facts, values: list[Value]
) -> Literal["ok", "pending", "firing", "error", "off"]:
    if not held.rule.enabled:
        return "off"
    if facts.error is not None:
        return "error"
    states = {own.state for own in values}
    if states & {"firing", "acknowledged", "silenced"}:
        return "firing"
    return "pending" if "pending" in states else "ok"


def _value(held: Held, reading: Reading, track: Track | None) -> Value:
    rule, alert = held.rule, None if track is None or not track.ringing else track.alert
    state: Literal["ok", "pending", "firing", "acknowledged", "silenced"] = "ok"
    if alert is not None:
        state = (
            "silenced" if alert.silenced else "acknowledged" if alert.state == "acknowledged" else "firing"
        )
    elif track is not None and track.pending is not None:
        state = "pending"
    grave = severity(rule, reading.value, None) if alert is None else alert.severity
    return Value(
        reading.labels, shown(reading.value), state, grave, summary(rule, reading.labels, reading.value)
    )
