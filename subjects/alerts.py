"""Alerts as everybody sees them: what is told, what a rule is made of, and what keeps one quiet.

The rules that hold by default, and what they can watch, are in `subjects.rules`.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Severity = Literal["info", "warning", "critical"]
AlertState = Literal["firing", "acknowledged", "resolved"]
RuleKind = Literal["threshold", "rate", "absence", "sql"]
Side = Literal["above", "below"]
NoData = Literal["resolve", "keep", "fire"]

KIND = "system_alert"
"""The kind of measurement that a change of an alert is stored as: `metric.<rule>.system_alert`."""
EASE = 0.1
"""How far a figure must come back to end its alert, as a part of the limit, where a rule says nothing."""

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Alert(Struct, frozen=True, omit_defaults=True):
    """One condition that holds, or held: a rule and the labels it was true for. Told anew at every change."""

    id: Annotated[str, Meta(description="Of this occurrence: the next time it is another.")]
    rule: Annotated[str, Meta(description="The rule that found it.")]
    severity: Severity
    state: AlertState
    summary: Annotated[str, Meta(description="One sentence for people, with the figure.")]
    since: Annotated[datetime, Meta(description="When it began to fire.")]
    updated_at: datetime
    labels: Annotated[
        dict[str, str], Meta(description="What it is about, such as host, queue or agent.")
    ] = {}
    value: Annotated[
        float | None, Meta(description="The figure at the last change; null: none was there.")
    ] = None
    threshold: float | None = None
    resolved_at: datetime | None = None
    acknowledged_by: str | None = None
    silenced: Annotated[bool, Meta(description="A silence covers it: nobody is notified.")] = False
    resolved_by: Annotated[
        str | None, Meta(description="Who ended it by hand: it rings again only after it was well.")
    ] = None


class Rule(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """When an alert is to ring. Times are seconds.

    `expression` names what is watched: a figure (`cpu`) or a column of a named query (`queues.success_rate`)
    for threshold and rate, a kind of measurement (`system`: the reporter of a host) or `worker` for absence,
    a SELECT with a column `value` for SQL, whose other columns are the labels.
    """

    name: Name
    kind: RuleKind = "threshold"
    expression: Annotated[str, Meta(min_length=1, max_length=20_000)]
    side: Annotated[Side, Meta(description="On which side of the limit it rings.")] = "above"
    limit: Annotated[
        float, Meta(description="Beyond it the alert rings. Rate: change a minute. Absence: seconds.")
    ] = 0.0
    critical: Annotated[float, Meta(description="From here on it is critical.")] | None = None
    clear: Annotated[
        float | None,
        Meta(description="It ends here; a tenth of the limit back from it where not given."),
    ] = None
    window: Annotated[
        Seconds, Meta(description="The mean of so long (rate: the change over it); 0: the newest value.")
    ] = 0.0
    duration: Annotated[
        Seconds, Meta(description="So long it must hold without a break before it rings.")
    ] = field(default=0.0, name="for")
    every: Annotated[float, Meta(ge=1, le=3600, description="How often a query or SQL is asked.")] = 10.0
    severity: Severity = "warning"
    labels: Annotated[dict[str, str], Meta(max_length=16, description="Put on each alert of it.")] = {}
    by: Annotated[list[str], Meta(max_length=8, description="Columns of a named query that are labels.")] = []
    parameters: Annotated[dict[str, str | float], Meta(description="What a named query is to be told.")] = {}
    summary: Annotated[
        str,
        Meta(max_length=500, description="{value}, {limit}, {rule} and {<label>} are filled in."),
    ] = "{rule}: {value}, limit {limit}"
    no_data: Annotated[
        NoData, Meta(description="What it means that there is no value: well, no news, or trouble.")
    ] = "resolve"
    enabled: bool = True
    description: Annotated[str, Meta(max_length=2000)] = ""

    @property
    def cleared(self) -> float:
        """Where an alert of this rule ends: hysteresis."""
        return _back(self.limit, self.side) if self.clear is None else self.clear

    @property
    def cleared_critical(self) -> float | None:
        """Where a critical alert becomes an ordinary one again: never before its own limit."""
        if self.critical is None:
            return None
        back = _back(self.critical, self.side)
        return max(back, self.limit) if self.side == "above" else min(back, self.limit)


class Matcher(Struct, frozen=True, forbid_unknown_fields=True):
    """One condition on an alert: a label, or `rule`, `severity` or `id`. `*` stands for any text."""

    label: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Annotated[str, Meta(max_length=256)]


class NewSilence(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be kept quiet, until when and why."""

    matchers: Annotated[list[Matcher], Meta(min_length=1, max_length=16, description="All must hold.")]
    until: Annotated[datetime, Meta(tz=True)] | None = None
    seconds: Annotated[float, Meta(gt=0, le=31_536_000, description="Instead of `until`.")] | None = None
    comment: Annotated[str, Meta(max_length=1000)] = ""
    by: Annotated[str, Meta(max_length=200)] = ""


class Silence(Struct, frozen=True):
    """Alerts that all matchers fit notify nobody until then; they are found and shown all the same."""

    id: str
    matchers: list[Matcher]
    until: datetime
    comment: str
    by: str
    created_at: datetime


class AlertView(Struct, frozen=True):
    """An alert and all its changes, oldest first; those are with analytics, null where it does not answer."""

    alert: Alert
    changes: list[Alert] | None


class RuleRevision(Struct, frozen=True):
    """One state of a rule of one's own; without a rule it was taken away then."""

    revision: int
    at: datetime
    rule: Rule | None


class Action(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who acknowledges or ends an alert."""

    by: Annotated[str, Meta(max_length=200)] = ""


class Value(Struct, frozen=True):
    """What a rule sees for one set of labels, and what comes of it."""

    labels: dict[str, str]
    value: float | None
    state: Annotated[
        Literal["ok", "pending", "firing", "acknowledged", "silenced"], Meta(description="Of its alert.")
    ]
    severity: Severity
    summary: str


class RuleView(Struct, frozen=True):
    """A rule as it stands. `error`: why it cannot be worked out, where it cannot."""

    rule: Rule
    origin: Literal["default", "own"]
    state: Literal["ok", "pending", "firing", "error", "off"]
    values: Annotated[list[Value], Meta(description="The worst first, at most twenty.")]
    error: str | None = None
    dropped: Annotated[int, Meta(description="Sets of labels that are not watched: there are too many.")] = 0
    evaluated_at: datetime | None = None
    took_ms: float | None = None
    revision: Annotated[int, Meta(description="For If-Match; 0 for a default.")] = 0


class RuleTest(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A rule to try: now, and over past hours where its figure is of a host."""

    rule: Rule
    hours: Annotated[float, Meta(ge=0, le=168)] = 0.0


class Tried(Struct, frozen=True):
    """What a rule would do: nothing of it is kept or told."""

    values: list[Value]
    past: Annotated[list[Alert], Meta(description="Alerts it would have told of, oldest first.")] = []
    error: str | None = None
    took_ms: float = 0.0


def _back(limit: float, side: Side) -> float:
    return limit - abs(limit) * EASE if side == "above" else limit + abs(limit) * EASE
