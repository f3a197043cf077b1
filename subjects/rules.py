"""The rules of alerting that hold by default, and the figures that a rule can watch by name, as data.

>>> rule = DEFAULT_RULES["cpu"]
>>> rule.limit, rule.critical, rule.cleared
(80, 90, 72.0)
"""

import math
import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from subjects import errors, names
from subjects.alerts import Rule


class Figure(Struct, frozen=True):
    """Something that a rule can watch by name. One value for each value of its label; one at all without."""

    name: str
    label: str
    unit: str
    doc: str


FIGURES: dict[str, Figure] = {
    own.name: own
    for own in (
        Figure("cpu", "host", "percent", "CPU use, as the host's reporter measured it last."),
        Figure("memory", "host", "percent", "Memory in use."),
        Figure("disk", "host", "percent", "Use of the disk that holds the state directory."),
        Figure("queue_depth", "queue", "tasks", "Tasks that wait."),
        Figure("queue_age", "queue", "seconds", "How long the oldest task has waited that no worker has."),
        Figure("queue_workers", "queue", "workers", "Workers that serve the queue."),
        Figure(
            "queue_success",
            "queue",
            "percent",
            "Of the tasks of five minutes; absent below ten of them.",
        ),
        Figure("unserved", "", "tasks", "Tasks that wait on queues that no worker serves."),
        Figure("dead_letters", "", "tasks", "Tasks that failed for good so far, notifications left out."),
        Figure("workers", "", "workers", "Workers that are alive."),
        Figure(
            "response_ms",
            "",
            "milliseconds",
            "Median from submission to outcome of what completed in 45 seconds, as error_rate.",
        ),
        Figure(
            "error_rate",
            "",
            "percent",
            "Failed and rejected of 45 seconds; canceled ones and notifications left out; absent below ten.",
        ),
        Figure("rule_error", "rule", "0 or 1", "Whether a rule cannot be worked out."),
        Figure("rule_dropped", "rule", "labels", "Sets of labels beyond what a rule may have."),
    )
}
"""What rules of kind threshold and rate can name."""


DEFAULTS: tuple[Rule, ...] = (
    Rule(
        name="cpu", expression="cpu", limit=80, critical=90, window=10,
        summary="CPU of {host} at {value} %, limit {limit} %",
        description="A host computes more than it should for long.",
    ),
    Rule(
        name="memory", expression="memory", limit=85, critical=95, window=10,
        summary="Memory of {host} at {value} %, limit {limit} %",
    ),
    Rule(
        name="disk", expression="disk", limit=90, clear=88, severity="critical",
        summary="Disk of {host} at {value} %, limit {limit} %",
        description="A full disk stops every stream.",
    ),
    Rule(
        name="response_time", expression="response_ms", limit=5000,
        summary="Half of the tasks take longer than {value} ms, limit {limit} ms",
    ),
    Rule(
        name="error_rate", expression="error_rate", limit=5,
        summary="{value} % of the newest tasks failed, limit {limit} %",
    ),
    Rule(
        name="reporter_absent", kind="absence", expression="system", limit=12, severity="critical",
        summary="The reporter of {host} has been silent for {value} s",
        description="Nothing is known of this host's load any more.",
    ),
    Rule(
        name="dead_letters", kind="rate", expression="dead_letters", limit=0, window=45,
        summary="Tasks fail for good: {value} more a minute",
    ),
    Rule(
        name="work_unserved", expression="unserved", limit=0, duration=10,
        summary="{value} tasks wait on queues that no worker serves",
    ),
    Rule(
        name="queue_stuck", expression="queue_age", limit=300, critical=3600,
        summary="The oldest task of {queue} has waited for {value} s, limit {limit} s",
    ),
    Rule(
        name="rule_error", expression="rule_error", limit=0, duration=2,
        summary="The rule {rule} cannot be worked out",
    ),
    Rule(
        name="rule_dropped", expression="rule_dropped", limit=0,
        summary="The rule {rule} has {value} sets of labels too many; they are not watched",
    ),
)  # fmt: skip
"""The rules that hold where nobody has changed them. One's own of the same name takes the place."""

DEFAULT_RULES: dict[str, Rule] = {rule.name: rule for rule in DEFAULTS}


def checked(rule: Rule) -> Rule:
    """The rule itself, once it makes sense; InvalidRequest with the reason where not."""
    names.token(rule.name)
    for value in (rule.limit, rule.critical, rule.clear):
        if value is not None and not math.isfinite(value):
            raise errors.InvalidRequest(f"{rule.name}: limits are finite numbers")
    sign = 1 if rule.side == "above" else -1
    if rule.critical is not None and sign * (rule.critical - rule.limit) < 0:
        raise errors.InvalidRequest(f"{rule.name}: critical lies on the good side of the limit")
    if rule.clear is not None and sign * (rule.clear - rule.limit) > 0:
        raise errors.InvalidRequest(f"{rule.name}: clear lies beyond the limit; it would end as it begins")
    _check_labels(rule)
    _EXPRESSIONS[rule.kind](rule)
    return rule


def defaults(limits: Mapping[str, float]) -> dict[str, Rule]:
    """The default rules with other limits for some, such as those of the environment.

    >>> defaults({"cpu": 95.0})["cpu"].critical
    95.0
    """
    return {rule.name: _at(rule, limits.get(rule.name, rule.limit)) for rule in DEFAULTS}


def rendered(template: str, words: Mapping[str, str]) -> str:
    """A summary with its words filled in; an unknown one stays as it is, nothing else is ever looked up.

    >>> rendered("{host} at {value} % {host.__class__}", {"host": "node-1", "value": "93"})
    'node-1 at 93 % {host.__class__}'
    """
    return _WORD.sub(lambda found: words.get(found[1], found[0]), template)


_WORD = re.compile(r"\{([A-Za-z0-9_-]+)\}")
_QUERY = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+\Z")


def _at(rule: Rule, limit: float) -> Rule:
    if limit == rule.limit:
        return rule
    critical = None if rule.critical is None else max(rule.critical, limit)
    return msgspec.structs.replace(rule, limit=limit, critical=critical, clear=None)


def _check_labels(rule: Rule) -> None:
    for label, value in rule.labels.items():
        if not names.is_token(label) or len(value) > 256:
            raise errors.InvalidRequest(f"{rule.name}: {label[:80]!r} is no label of up to 256 characters")


def _check_figure(rule: Rule) -> None:
    own = rule.expression
    if own not in FIGURES and not _QUERY.match(own):
        raise errors.InvalidRequest(
            f"{rule.name}: {own[:80]!r} is no figure; there are {', '.join(FIGURES)}, and <query>.<column>"
        )
    if rule.kind == "rate" and rule.window <= 0:
        raise errors.InvalidRequest(f"{rule.name}: a rate needs a window")
    if own in FIGURES and (rule.by or rule.parameters):
        raise errors.InvalidRequest(f"{rule.name}: `by` and `parameters` go with a named query")


def _check_absence(rule: Rule) -> None:
    if not names.is_token(rule.expression):
        raise errors.InvalidRequest(f"{rule.name}: {rule.expression[:80]!r} is no kind of measurement")
    if rule.limit <= 0 or rule.side != "above":
        raise errors.InvalidRequest(f"{rule.name}: an absence has a limit in seconds, above 0")


def _check_sql(rule: Rule) -> None:
    if not rule.expression.strip():
        raise errors.InvalidRequest(f"{rule.name}: there is no SQL")


_EXPRESSIONS = {
    "threshold": _check_figure,
    "rate": _check_figure,
    "absence": _check_absence,
    "sql": _check_sql,
}
