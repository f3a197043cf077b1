"""Which alerts are to be kept quiet now."""

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase

from subjects.alerts import Alert, Matcher, Silence

MOST_STARS = 4
"""Stars of a pattern that are stars; what has more is taken word for word."""


def silenced(silences: Iterable[Silence], alert: Alert, now: datetime) -> bool:
    """Whether one of them holds for an alert."""
    return any(own.until > now and all(fits(each, alert) for each in own.matchers) for own in silences)


def fits(matcher: Matcher, alert: Alert) -> bool:
    """Whether one condition holds; a label that is not there is empty.

    >>> from subjects import codec
    >>> alert = Alert("1", "cpu", "warning", "firing", "", codec.now(), codec.now(), {"host": "node-1"})
    >>> fits(Matcher("host", "node-*"), alert), fits(Matcher("rule", "memory"), alert)
    (True, False)
    """
    own = {**alert.labels, "rule": alert.rule, "severity": alert.severity, "id": alert.id}
    value = own.get(matcher.label, "")
    if "*" not in matcher.value or matcher.value.count("*") > MOST_STARS:
        return value == matcher.value
    # Only the star is special.
    pattern = matcher.value.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(value, pattern)
