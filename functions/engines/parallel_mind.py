"""The review: one project, read by several agents at once, put together as one answer."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.api import NonRetryable, function
from functions.context import Context
from functions.figures import Architecture, Documentation
from functions.findings import Finding, Report, Severity, Status, ToolRun, at_least, counted, merged
from functions.sources import Sources, Target
from subjects.errors import RevoError

MOST_FINDINGS = 1000
"""Findings in one review; a result must fit a message. What is above it is counted in the notes."""


class ReviewInput(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and how it is cut."""

    shard: Annotated[int, Meta(ge=1, le=1000, description="Files in one part of the code scan.")] = 40
    min_severity: Severity = "info"


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


class _Order(Struct, frozen=True):
    """A child task to be made: under which key, of what, with what."""

    key: str
    function: str
    input: dict[str, Any]


class _Answer(Struct, frozen=True):
    """A child task that ended; `report` is None where it failed."""

    part: Part
    report: Report | None = None


@function("parallel_mind.review", timeout=900)
async def review(input: ReviewInput, ctx: Context) -> Review:
    """Review a project: weak spots, secrets, architecture and documentation, in parallel parts, merged and ranked."""
    begun = time.monotonic()
    directory = await ctx.projects.directory(input.path, input.archive)
    found = await asyncio.to_thread(sources.find, directory)
    orders = _orders(input, found)
    ctx.log.info("review cut into parts", files=len(found.files), parts=len(orders))
    ctx.progress(0.0, f"{len(found.files)} files in {len(orders)} parts")
    answers = await _all(ctx, orders)
    if all(answer.report is None for answer in answers):
        raise NonRetryable(f"every part failed, first {answers[0].part.key}: {answers[0].part.error}")
    name = directory.name if input.path else (input.archive or "")
    return _put_together(name, input, found, answers, SandboxUsed(ctx.sandbox.level, ctx.sandbox.reason), begun)


def shards(found: Sources, size: int) -> list[list[str]]:
    """The files in parts of about `size`, each with about the same number of bytes, always cut alike."""
    count = -(-len(found.files) // size)
    parts: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for entry in sorted(found.files, key=lambda own: (-own.size, own.path)):
        lightest = weights.index(min(weights))
        parts[lightest].append(entry.path)
        weights[lightest] += entry.size + 500
    return [sorted(part) for part in parts]


def _orders(input: ReviewInput, found: Sources) -> list[_Order]:
    where = {"path": input.path} if input.path is not None else {"archive": input.archive}
    scans = [
        _Order(f"scan-{place}", "security.scan", {**where, "files": files, "checks": ["code"]})
        for place, files in enumerate(shards(found, input.shard))
    ]
    return [
        _Order("secrets", "security.scan", {**where, "checks": ["secrets"]}),
        _Order("architecture", "architecture_advisor.analyse", where),
        _Order("documentation", "documentation.coverage", where),
        *scans,
    ]


async def _all(ctx: Context, orders: Sequence[_Order]) -> list[_Answer]:
    """The answer of every part, whatever becomes of the others; progress after each."""
    done = 0

    async def one(order: _Order) -> _Answer:
        nonlocal done
        answer = await _one(ctx, order)
        done += 1
        ctx.progress(done / len(orders), f"{order.key} {answer.part.status}, {done} of {len(orders)}")
        ctx.log.info("part ended", part=order.key, status=answer.part.status, seconds=answer.part.seconds)
        return answer

    answers = await asyncio.gather(*(one(order) for order in orders), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if isinstance(answer, _Answer)]


async def _one(ctx: Context, order: _Order) -> _Answer:
    begun = time.monotonic()
    try:
        report = msgspec.convert(await ctx.call(order.function, order.input, key=order.key), Report)
    except (RevoError, msgspec.ValidationError) as error:
        ctx.log.warning("part failed", part=order.key, error=str(error))
        seconds = round(time.monotonic() - begun, 3)
        return _Answer(Part(order.key, order.function, "failed", "", seconds, str(error) or type(error).__name__))
    seconds = round(time.monotonic() - begun, 3)
    return _Answer(Part(order.key, order.function, report.status, report.summary, seconds), report)


def _put_together(
    name: str, input: ReviewInput, found: Sources, answers: list[_Answer], sandbox: SandboxUsed, begun: float
) -> Review:
    reports = {answer.part.key: answer.report for answer in answers if answer.report is not None}
    everything = merged(finding for report in reports.values() for finding in report.findings)
    kept = at_least(everything, input.min_severity)
    parts = [answer.part for answer in answers]
    tools = tools_of([report.tools for report in reports.values()])
    whole = all(part.status == "ok" for part in parts)
    counts = counted(everything)
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    return Review(
        project=name,
        status="ok" if whole else "partial",
        summary=f"{said} in {len(found.files)} files",
        counts=counts,
        files=len(found.files),
        bytes=sum(entry.size for entry in found.files),
        seconds=round(time.monotonic() - begun, 3),
        findings=kept[:MOST_FINDINGS],
        agreed=sum(1 for finding in everything if finding.agreed),
        tools=tools,
        parts=parts,
        metrics=_metrics(reports),
        sandbox=sandbox,
        notes=_notes(reports, found, len(everything) - len(kept), max(0, len(kept) - MOST_FINDINGS), input),
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


def _notes(reports: dict[str, Report], found: Sources, hidden: int, more: int, input: ReviewInput) -> list[str]:
    notes = found.notes()
    for report in reports.values():
        notes.extend(note for note in report.notes if note not in notes)
    if hidden:
        notes.append(f"{hidden} findings below {input.min_severity} not listed")
    if more:
        notes.append(f"{more} more findings not listed, all no worse than those that are")
    return notes
