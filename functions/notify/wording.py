"""An alert in words: subject and text of a message."""

from subjects.alerts import Alert
from subjects.codec import text as writable


def subject(alert: Alert) -> str:
    """One line that says what and how bad.

    >>> from subjects import codec
    >>> subject(Alert("1", "cpu", "critical", "firing", "node-1 at 95 %", codec.now(), codec.now()))
    '[critical] firing: node-1 at 95 %'
    """
    return f"[{alert.severity}] {alert.state}: {alert.summary}"


def text(alert: Alert) -> str:
    """All there is to know."""
    facts = {
        "Rule": alert.rule,
        "Severity": alert.severity,
        "State": alert.state,
        "Since": f"{alert.since:%Y-%m-%d %H:%M:%S} UTC",
        "Changed": f"{alert.updated_at:%Y-%m-%d %H:%M:%S} UTC",
        "Value": _figure(alert.value),
        "Limit": _figure(alert.threshold),
        "Acknowledged by": alert.acknowledged_by,
        "Ended by": alert.resolved_by,
        "Labels": ", ".join(f"{name}={value}" for name, value in sorted(alert.labels.items())),
        "Id": alert.id,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return writable("\n".join([alert.summary, "", *lines, ""]), 20_000)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
