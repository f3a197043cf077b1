"""PromQL over our metrics. Each gateway tells the same of lanes, tasks and hosts: none is counted twice."""

import re

from gateway.prometheus import FAMILIES

WINDOW = "5m"
"""Long enough for a scrape every minute."""
_WORD = re.compile(r"\brevo_[a-z0-9_]+\b")
KNOWN = frozenset(name for family in FAMILIES for name in family.samples)
"""Every name that a sample of ours has."""


def once(expression: str) -> str:
    """What every gateway tells, as one of them tells it.

    >>> once("revo_workers")
    'max without (instance, pod) (revo_workers)'
    """
    return f"max without (instance, pod) ({expression})"


def rate(selector: str, by: str = "", window: str = WINDOW) -> str:
    """How much a counter grows in a second, over all queues or by a label."""
    return f"sum{f' by ({by})' if by else ''} ({once(f'rate({selector}[{window}])')})"


def quantile(q: float, name: str, by: str = "", window: str = WINDOW) -> str:
    """A quantile of a histogram that every gateway counts whole."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q:g}, {rate(f'{name}_bucket', labels, window)})"


def unknown(expression: str) -> set[str]:
    """Names in an expression that no sample of ours has.

    >>> unknown("rate(revo_tasks_finished_total[5m]) / revo_tasks")
    {'revo_tasks'}
    """
    return set(_WORD.findall(expression)) - KNOWN
