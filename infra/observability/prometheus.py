"""The default alert rules as rules of Prometheus, and a few for what only an outsider sees."""

import re
from collections.abc import Iterable
from typing import Any

from infra.observability.promql import once, quantile, rate
from subjects.alerts import Rule

_FINISHED = "revo_tasks_finished_total"
_GOOD = rate(f'{_FINISHED}{{state="completed"}}', "queue")
_ALL = rate(f'{_FINISHED}{{state!="canceled"}}', "queue")

FIGURES: dict[str, str] = {
    "cpu": f"100 * {once('revo_host_cpu_ratio')}",
    "memory": f"100 * {once('revo_host_memory_ratio')}",
    "disk": f"100 * {once('revo_host_disk_ratio')}",
    "queue_depth": f"sum by (queue) ({once('revo_lane_queued')})",
    "queue_age": f"max by (queue) ({once('revo_lane_oldest_seconds')})",
    "queue_workers": once("revo_queue_workers"),
    "queue_success": f"100 * {_GOOD} / {_ALL}",
    "unserved": once("revo_tasks_unserved"),
    "dead_letters": rate(f'{_FINISHED}{{state="failed"}}'),
    "workers": once("revo_workers"),
    # The median of a sum is not the sum of medians, but near it where one of the two outweighs the other.
    "response_ms": (
        f"1000 * ({quantile(0.5, 'revo_task_queue_seconds')} + {quantile(0.5, 'revo_task_run_seconds')})"
    ),
    "error_rate": (
        "100 * " + rate(f'{_FINISHED}{{state=~"failed|rejected"}}') + " / "
        + rate(f'{_FINISHED}{{state!="canceled"}}')
    ),
    "system": f"max by (host) ({once('revo_host_age_seconds')})",
}  # fmt: skip
"""What a rule watches, in PromQL and in the unit of its limit; a rate is asked by the second."""

INTERNAL = frozenset(("rule_error", "rule_dropped"))
"""Figures about alerting itself: Prometheus has them as RevoAlertsFiring."""

OUTSIDE: tuple[tuple[str, str, float, str, str], ...] = (
    ("RevoGatewayAbsent", "absent(revo_build_info)", 60, "critical", "No gateway is scraped"),
    ("RevoNatsLost", "revo_nats_connected == 0", 15, "critical", "A gateway has lost its NATS server"),
    ("RevoAnalyticsDown", f"{once('revo_analytics_up')} == 0", 60, "warning", "Analytics does not answer"),
    (
        "RevoAnalyticsBehind",
        f"{once('revo_analytics_seconds_behind')} > 60",
        120,
        "warning",
        "Rows of {{ $labels.stream }} are {{ $value }} s behind",
    ),
    (
        "RevoServerErrors",
        'sum(rate(revo_http_requests_total{status=~"5.."}[5m])) > 0.1',
        60,
        "warning",
        "{{ $value }} requests a second end in an error of the server",
    ),
    (
        "RevoAlertsFiring",
        f"sum({once('revo_alerts_firing')}) > 0",
        60,
        "info",
        "{{ $value }} alerts ring in reVoAgent itself",
    ),
)
"""Name, expression, seconds, severity, summary: of what cannot be seen from inside."""


def rules(known: Iterable[Rule]) -> dict[str, Any]:
    """The rule file. Rules whose figure has no PromQL are left out: SQL, and those about alerting itself."""
    found = [made for rule in known if rule.enabled for made in _made(rule)]
    for name, expression, seconds, severity, summary in OUTSIDE:
        found.append(_entry(name, expression, seconds, {"severity": severity}, summary))
    return {"groups": [{"name": "revoagent", "rules": found}]}


def _made(rule: Rule) -> list[dict[str, Any]]:
    expression = FIGURES.get(rule.expression)
    if expression is None:
        return []
    if rule.kind == "rate":
        expression = f"60 * {expression}"
    sign = ">" if rule.side == "above" else "<"
    name = "Revo" + "".join(part.title() for part in re.split(r"[_-]", rule.name))
    limits = [(rule.limit, rule.severity)]
    if rule.critical is not None:
        limits.append((rule.critical, "critical"))
    return [
        _entry(
            name,
            f"{expression} {sign} {limit:g}",
            max(rule.duration, rule.window),
            {"severity": severity, "rule": rule.name, **rule.labels},
            _summary(rule, limit),
        )
        for limit, severity in limits
    ]


def _entry(
    name: str, expression: str, seconds: float, labels: dict[str, str], summary: str
) -> dict[str, Any]:
    waits = {"for": f"{seconds:g}s"} if seconds else {}
    return {"alert": name, "expr": expression, **waits, "labels": labels, "annotations": {"summary": summary}}


def _summary(rule: Rule, limit: float) -> str:
    own = {"value": '{{ printf "%.4g" $value }}', "limit": f"{limit:g}", "rule": rule.name}
    return re.sub(
        r"\{(\w+)\}", lambda found: own.get(found[1], f"{{{{ $labels.{found[1]} }}}}"), rule.summary
    )
