"""What an agent hands back: findings, and which tools really ran. The same words for all of them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from functions.ports import Artifact, ModelUse

Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]
ToolStatus = Literal["ran", "skipped", "missing", "timeout", "failed", "unknown"]
Status = Literal["ok", "partial", "failed"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""
CONFIDENCES: tuple[Confidence, ...] = ("high", "medium", "low")

UNPARSABLE = "unparsable-file"
"""The rule of a file that is no Python, which tools place on different lines, or on none."""
_SAME = {"CWE-259": "CWE-798", "CWE-321": "CWE-798", "CWE-312": "CWE-798"}
"""Weaknesses that different tools name differently: a password or key written into the code."""


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing that somebody should look at."""

    tool: str
    rule: str
    severity: Severity
    confidence: Confidence
    file: Annotated[str, Meta(description="Path below the project, with /.")]
    line: Annotated[int, Meta(ge=0, description="From 1; 0 is the whole file.")]
    message: str
    fingerprint: Annotated[str, Meta(description="Stays the same when lines move.")] = ""
    end_line: int = 0
    cwe: str = ""
    fix: str = ""
    agreed: Annotated[list[str], Meta(description="Other tools that say the same of this line.")] = []


class ToolRun(Struct, frozen=True, omit_defaults=True):
    """One tool, and whether it did its work. Only `ran` means that its silence is good news."""

    name: str
    version: str
    status: ToolStatus
    reason: str = ""
    wall_ms: float = 0.0


class Report(Struct, frozen=True):
    """The answer of an agent. `ok` only where every tool ran over everything."""

    status: Status
    summary: str
    findings: list[Finding] = []
    tools: list[ToolRun] = []
    metrics: dict[str, Any] = {}
    notes: list[str] = []
    artifacts: Annotated[list[Artifact], Meta(description="Files that were made, by reference.")] = []
    model: Annotated[
        ModelUse | None, Meta(description="The language model that added to it; null: all of it is measured.")
    ] = None
    advice: Annotated[str, Meta(description="What a model made of it; empty without one.")] = ""


def status_of(tools: Sequence[ToolRun]) -> Status:
    """`ok` where all ran, `failed` where none did, `partial` between.

    >>> status_of([ToolRun("bandit", "1.9.4", "ran"), ToolRun("kingfisher", "", "missing")])
    'partial'
    """
    ran = [tool.status in ("ran", "skipped") for tool in tools]
    return "ok" if all(ran) else "partial" if any(ran) else "failed"


def fingerprinted(findings: Iterable[Finding], lines: dict[str, Sequence[str]]) -> list[Finding]:
    """The findings with fingerprints: of the rule, the file, the text of the line, and which such line it is.

    A line that moves keeps its fingerprint. `lines` has the text of each file; a missing one counts as empty.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found: list[Finding] = []
    for finding in sorted(findings, key=lambda own: (own.file, own.line, own.tool, own.rule)):
        text = lines.get(finding.file, ())
        whole = finding.rule == UNPARSABLE or not 0 < finding.line <= len(text)
        line = "" if whole else " ".join(text[finding.line - 1].split())
        key = (finding.tool, finding.rule, finding.file, line)
        seen[key] += 1
        digest = hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "replace")).hexdigest()[:32]
        found.append(replace(finding, fingerprint=digest))
    return found


def at_least(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Those that are as bad or worse."""
    return [
        finding for finding in findings if SEVERITIES.index(finding.severity) <= SEVERITIES.index(severity)
    ]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Worst and surest first, then by place."""
    return sorted(
        findings,
        key=lambda own: (
            SEVERITIES.index(own.severity), CONFIDENCES.index(own.confidence), own.file, own.line,
            own.tool, own.rule,
        ),
    )  # fmt: skip


def place(finding: Finding) -> tuple[str, int, str]:
    """File, line and weakness: what two tools must share to speak of the same thing."""
    return finding.file, finding.line, _SAME.get(finding.cwe, finding.cwe)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Ranked, each thing once: equal fingerprints are one; tools that name one weakness of one line agree."""
    first: dict[tuple[Any, ...], Finding] = {}
    seen: set[str] = set()
    # Of equal ones that counts which knows the line.
    for finding in sorted(ranked(findings), key=lambda own: own.line == 0):
        if finding.fingerprint in seen:
            continue
        seen.add(finding.fingerprint)
        spot = place(finding)
        known = first.get(spot) if finding.cwe else None
        if known is None or known.tool == finding.tool:
            first.setdefault(spot if finding.cwe else (finding.fingerprint,), finding)
            if known is not None:
                first[finding.fingerprint,] = finding
        elif finding.tool not in known.agreed:
            first[spot] = replace(known, agreed=[*known.agreed, finding.tool])
    return ranked(first.values())


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each severity, worst first, zeros included."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}
