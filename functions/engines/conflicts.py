"""Where the members of a team disagree: each view is kept beside what was made of it.

>>> loud = Finding("bandit", "B608", "high", "low", "a.py", 3, "injection", "f1", cwe="CWE-89")
>>> calm = Finding("other", "sql", "low", "high", "a.py", 3, "harmless", "f2", cwe="CWE-89")
>>> [own] = disagreements([loud, calm])
>>> own.kept, [view.says for view in own.views]
('high', ['high', 'low'])
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from functions.engines.recollection import Remembered
from functions.findings import SEVERITIES, Finding, place, ranked

APART = 1
"""Steps on the scale of severities from which two views are a conflict."""


class View(Struct, frozen=True, omit_defaults=True):
    """What one member says."""

    who: str
    says: str
    why: str = ""


class Conflict(Struct, frozen=True):
    """Views of one thing that do not go together. Nothing is dropped: `kept` is what the review goes by."""

    file: str
    line: int
    about: Annotated[str, Meta(description="The weakness or rule in question.")]
    views: list[View]
    kept: str
    how: str


def disagreements(findings: Iterable[Finding]) -> list[Conflict]:
    """Findings of several tools on one weakness of one line that are not equally severe."""
    groups: dict[tuple[str, int, str], list[Finding]] = {}
    for finding in ranked(findings):
        if finding.cwe:
            groups.setdefault(place(finding), []).append(finding)
    return [_conflict(key, group) for key, group in groups.items() if _disagree(group)]


def overruled(findings: Iterable[Finding], before: Remembered) -> list[Conflict]:
    """Findings that somebody accepted when they were less severe than they are now."""
    found = []
    for own in findings:
        accepted = before.accepted.get(own.fingerprint)
        if accepted is not None and SEVERITIES.index(own.severity) < SEVERITIES.index(accepted.severity):
            views = [
                View("memory", f"accepted as {accepted.severity}", accepted.because),
                View(f"{own.tool} {own.rule}", own.severity, own.message),
            ]
            found.append(Conflict(own.file, own.line, own.rule, views, own.severity, "it counts again"))
    return found


def _disagree(group: list[Finding]) -> bool:
    places = [SEVERITIES.index(own.severity) for own in group]
    return len({own.tool for own in group}) > 1 and max(places) - min(places) >= APART


def _conflict(key: tuple[str, int, str], group: list[Finding]) -> Conflict:
    file, line, weakness = key
    views = [View(f"{own.tool} {own.rule}", own.severity, own.message) for own in group]
    return Conflict(file, line, weakness, views, group[0].severity, "the worst severity counts")
