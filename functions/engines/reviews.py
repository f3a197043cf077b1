"""What a review says, and how it is put together from its parts. Plain values in, plain values out."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from functions.engines.conflicts import Conflict, disagreements, overruled
from functions.engines.recollection import Remembered, Since, compared, still_accepted
from functions.figures import Architecture, Documentation, Performance, Testing
from functions.findings import Finding, Report, Severity, Status, ToolRun, at_least, counted, merged
from functions.sources import Sources, is_test

T = TypeVar("T")

MOST_HOT = 10
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
    testing: Testing | None = None
    performance: Performance | None = None


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
    conflicts: Annotated[list[Conflict], Meta(description="Where the members of the team disagree.")] = []
    accepted: Annotated[list[Finding], Meta(description="Found, but somebody lives with it.")] = []
    since: Annotated[Since | None, Meta(description="Against the last review; null for the first one.")] = (
        None
    )


class Answer(Struct, frozen=True):
    """A child task that ended; `report` is None where it failed."""

    part: Part
    report: Report | None = None
    output: Annotated[Any, Meta(description="The whole answer, with what a report does not have.")] = None


class Stand(Struct, frozen=True):
    """All that a review is put together from."""

    project: str
    found: Sources
    answers: list[Answer]
    before: Remembered
    sandbox: SandboxUsed
    seconds: float
    least: Severity = "info"


class Made(Struct, frozen=True):
    """A review, and `everything` that was found, also what it does not list."""

    review: Review
    everything: list[Finding]

    def noting(self, notes: list[str]) -> Review:
        """The review with more notes."""
        return msgspec.structs.replace(self.review, notes=[*self.review.notes, *notes])


def put_together(stand: Stand) -> Made:
    """The parts as one answer; `partial` where one of them is not whole."""
    reports = {answer.part.key: answer.report for answer in stand.answers if answer.report is not None}
    raw = [finding for report in reports.values() for finding in report.findings]
    everything = merged(raw)
    accepted = [own for own in everything if still_accepted(own, stand.before) is not None]
    open = [own for own in everything if still_accepted(own, stand.before) is None]
    kept = at_least(open, stand.least)
    parts = [answer.part for answer in stand.answers]
    counts = counted(open)
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    files = len(stand.found.files)
    review = Review(
        project=stand.project,
        status="ok" if all(part.status == "ok" for part in parts) else "partial",
        summary=f"{said} in {files} file{'s' * (files != 1)}",
        counts=counts,
        files=files,
        bytes=sum(entry.size for entry in stand.found.files),
        seconds=round(stand.seconds, 3),
        findings=kept[:MOST_FINDINGS],
        agreed=sum(1 for finding in everything if finding.agreed),
        tools=tools_of([report.tools for report in reports.values()]),
        parts=parts,
        metrics=_metrics(stand.answers),
        sandbox=stand.sandbox,
        notes=_notes(reports, stand.found, [*_hidden(open, kept, stand.least), *_lived_with(accepted)]),
        conflicts=[*disagreements(raw), *overruled(open, stand.before)],
        accepted=accepted,
        since=compared(stand.before, everything),
    )
    return Made(review, everything)


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


def _metrics(answers: list[Answer]) -> Metrics:
    known = {own.part.key: own for own in answers if own.report is not None}

    def figures(key: str, kind: type[T]) -> T | None:
        own = known.get(key)
        return msgspec.convert(own.report.metrics, kind) if own is not None and own.report else None

    return Metrics(
        figures("architecture", Architecture) or Architecture(),
        figures("documentation", Documentation) or Documentation(),
        _testing(known.get("testing")),
        _performance(figures("performance", Performance)),
    )


def _testing(answer: Answer | None) -> Testing | None:
    if answer is None:
        return None
    output = answer.output or {}
    share = (output.get("coverage") or {}).get("percent")
    return Testing(output.get("counts", {}), share, answer.part.seconds, output.get("missing", []))


def _performance(found: Performance | None) -> Performance | None:
    """The hottest functions of the project itself: what libraries take is not its to mend."""
    if found is None or not found.samples:
        return None
    own = [hot for hot in found.functions if not hot.file.startswith("<") and not is_test(hot.file)]
    return msgspec.structs.replace(found, functions=own[:MOST_HOT])


def _notes(reports: dict[str, Report], found: Sources, more: list[str]) -> list[str]:
    notes = found.notes()
    for report in reports.values():
        notes.extend(note for note in report.notes if note not in notes)
    return [*notes, *more]


def _hidden(open: list[Finding], kept: list[Finding], least: Severity) -> list[str]:
    notes = []
    if len(kept) < len(open):
        notes.append(f"{len(open) - len(kept)} findings below {least} not listed")
    if len(kept) > MOST_FINDINGS:
        notes.append(
            f"{len(kept) - MOST_FINDINGS} more findings not listed, all no worse than those that are"
        )
    return notes


def _lived_with(accepted: list[Finding]) -> list[str]:
    if not accepted:
        return []
    return [f"{len(accepted)} finding{'s' * (len(accepted) != 1)} accepted earlier, not counted"]
