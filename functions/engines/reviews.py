"""What a review says, and how it is put together from its parts. Plain values in, plain values out."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from functions.figures import Architecture, Documentation
from functions.findings import Finding, Report, Severity, Status, ToolRun, at_least, counted, merged
from functions.sources import Sources

MOST_FINDINGS = 1000
"""Findings in one review; a result must fit a message. What is above it is counted in the notes."""


class Part(Struct, frozen=True, omit_defaults=True):
    """One of the tasks that a review is made of."""

    key: str
    function: str
    status: Literal["ok", "partial", "failed"]
    summary: str
    seconds: float
    error: str = ""


class Metrics(Struct, frozen=True):
    """What was measured; empty where the part that measures it failed."""

    architecture: Architecture = Architecture()
    documentation: Documentation = Documentation()


class SandboxUsed(Struct, frozen=True):
    """How well the tools were kept apart, and why no better."""

    level: str
    reason: str


class Review(Struct, frozen=True):
    """Everything that was found in a project, and what was not looked at."""

    project: str
    status: Status
    summary: str
    counts: dict[str, int]
    files: int
    bytes: int
    seconds: float
    findings: list[Finding]
    agreed: Annotated[int, Meta(description="Findings that more than one tool made.")]
    tools: list[ToolRun]
    parts: list[Part]
    metrics: Metrics
    sandbox: SandboxUsed
    notes: list[str]


class Answer(Struct, frozen=True):
    """A child task that ended; `report` is None where it failed."""

    part: Part
    report: Report | None = None


def put_together(
    name: str, found: Sources, answers: list[Answer], sandbox: SandboxUsed, seconds: float, least: Severity
) -> Review:
    """The parts as one answer; `partial` where one of them is not whole."""
    reports = {answer.part.key: answer.report for answer in answers if answer.report is not None}
    everything = merged(finding for report in reports.values() for finding in report.findings)
    kept = at_least(everything, least)
    parts = [answer.part for answer in answers]
    tools = tools_of([report.tools for report in reports.values()])
    whole = all(part.status == "ok" for part in parts)
    counts = counted(everything)
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    return Review(
        project=name,
        status="ok" if whole else "partial",
        summary=f"{said} in {len(found.files)} file{'s' * (len(found.files) != 1)}",
        counts=counts,
        files=len(found.files),
        bytes=sum(entry.size for entry in found.files),
        seconds=round(seconds, 3),
        findings=kept[:MOST_FINDINGS],
        agreed=sum(1 for finding in everything if finding.agreed),
        tools=tools,
        parts=parts,
        metrics=_metrics(reports),
        sandbox=sandbox,
        notes=_notes(reports, found, len(everything) - len(kept), max(0, len(kept) - MOST_FINDINGS), least),
    )


def tools_of(runs: Sequence[Sequence[ToolRun]]) -> list[ToolRun]:
    """Each tool once over all parts: its worst status, its time added up.

    >>> tools_of([[ToolRun("bandit", "1", "ran", wall_ms=2)], [ToolRun("bandit", "1", "timeout", "slow", 3)]])
    [ToolRun(name='bandit', version='1', status='timeout', reason='slow', wall_ms=5.0)]
    """
    order = ("failed", "timeout", "unknown", "missing", "ran", "skipped")
    found: dict[str, ToolRun] = {}
    for run in (run for part in runs for run in part):
        known = found.get(run.name, run)
        worst = min(known, run, key=lambda own: order.index(own.status))
        wall = run.wall_ms + (known.wall_ms if known is not run else 0.0)
        found[run.name] = ToolRun(run.name, worst.version, worst.status, worst.reason, round(float(wall), 1))
    return list(found.values())


def _metrics(reports: dict[str, Report]) -> Metrics:
    architecture = reports.get("architecture")
    documentation = reports.get("documentation")
    return Metrics(
        msgspec.convert(architecture.metrics, Architecture) if architecture else Architecture(),
        msgspec.convert(documentation.metrics, Documentation) if documentation else Documentation(),
    )


def _notes(reports: dict[str, Report], found: Sources, hidden: int, more: int, least: Severity) -> list[str]:
    notes = found.notes()
    for report in reports.values():
        notes.extend(note for note in report.notes if note not in notes)
    if hidden:
        notes.append(f"{hidden} findings below {least} not listed")
    if more:
        notes.append(f"{more} more findings not listed, all no worse than those that are")
    return notes
