"""One reading function over the files of a project, cut into parts; what they found, as one answer."""

import asyncio
import contextlib
import time
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.api import NonRetryable, function
from functions.context import Context, Ended
from functions.engines.mapping import Failure
from functions.engines.reviews import MOST_FINDINGS, tools_of
from functions.engines.scaling import LARGEST_WINDOW, WINDOW
from functions.findings import (
    Finding,
    Report,
    Severity,
    Status,
    ToolRun,
    at_least,
    counted,
    merged,
)
from functions.sources import Target
from subjects.errors import ErrorInfo

ANY_SOURCE = ("*.py", "*.pyi")


class Analysis(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, which of its files, and what is to look at them."""

    function: Annotated[
        str, Meta(description="A function that takes {path|archive, files} and answers with a report.")
    ] = "security.scan"
    include: Annotated[
        tuple[str, ...], Meta(description="Patterns of paths below the project: *.py, shop/*.py, tests/**.")
    ] = ANY_SOURCE
    shard: Annotated[int, Meta(ge=1, le=1000, description="Files in one part.")] = 20
    input: Annotated[dict[str, Any], Meta(description="More members of the function's input.")] = (
        msgspec.field(default_factory=dict)
    )
    concurrency: Annotated[int, Meta(ge=1, le=LARGEST_WINDOW)] = WINDOW
    min_severity: Severity = "info"


class Analysed(Struct, frozen=True, kw_only=True):
    """What all parts found together. `partial` where a part failed, or a tool in one."""

    function: str
    project: str
    status: Status
    summary: str
    counts: dict[str, int]
    findings: list[Finding]
    agreed: Annotated[int, Meta(description="Findings that more than one tool made.")]
    tools: list[ToolRun]
    files: int
    bytes: int
    parts: Annotated[int, Meta(description="Tasks that the files were cut into.")]
    failures: Annotated[list[Failure], Meta(description="Parts without a report, by their number.")]
    seconds: float
    workers_used: int
    notes: list[str]


class _Shard(Struct, frozen=True):
    """Some files, about as many bytes as in the others."""

    files: list[str]
    bytes: int


class _Looked(Struct, frozen=True):
    """What is known of a run beside its reports."""

    project: str
    cut: list[_Shard]
    notes: list[str]
    failures: list[Failure]
    workers: int
    begun: float


@function("parallel_mind.concurrent_analysis", timeout=3600)
async def concurrent_analysis(input: Analysis, ctx: Context) -> Analysed:
    """Run an agent over the files of a project in parallel parts; findings merged and ranked."""
    begun = time.monotonic()
    directory = await ctx.projects.directory(input.path, input.archive)
    cut, notes = await asyncio.to_thread(_cut, directory, input)
    where = {"path": input.path} if input.path is not None else {"archive": input.archive}
    orders = ({**input.input, **where, "files": shard.files} for shard in cut)
    reports: dict[int, Report] = {}
    failures: list[Failure] = []
    workers: set[str] = set()
    ctx.progress(0.0, f"{sum(len(shard.files) for shard in cut)} files in {len(cut)} parts")
    children = ctx.outcomes(input.function, orders, input.concurrency)
    async with contextlib.aclosing(children) as ended:
        async for one in ended:
            workers.update([one.worker] if one.worker is not None else [])
            report = _report(one)
            if isinstance(report, Report):
                reports[one.place] = report
            else:
                failures.append(Failure(one.place, one.id, report))
            done = len(reports) + len(failures)
            ctx.progress(done / len(cut), f"part {one.place} ended, {done} of {len(cut)}")
    if failures and not reports:
        raise NonRetryable(f"every part failed, first: {failures[0].error.message}")
    failures.sort(key=lambda own: own.index)
    said = [reports[place] for place in sorted(reports)]
    return _together(input, _Looked(directory.name, cut, notes, failures, len(workers), begun), said)


def _cut(directory: Path, input: Analysis) -> tuple[list[_Shard], list[str]]:
    """The files that are wanted, in parts of about equal bytes, always cut alike; and what is left out."""
    found: list[sources.Entry] = []
    skipped: list[sources.Entry] = []
    for entry in sources.walk(directory):
        if any(PurePosixPath(entry.path).match(pattern) for pattern in input.include):
            (skipped if entry.reason else found).append(entry)
    notes = sources.Sources((), tuple(skipped)).notes()
    if not found:
        notes.append(f"no file matches {', '.join(input.include)}")
    count = -(-len(found) // input.shard)
    parts: list[list[sources.Entry]] = [[] for _ in range(count)]
    weights = [0] * count
    for entry in sorted(found, key=lambda own: (-own.size, own.path)):
        lightest = weights.index(min(weights))
        parts[lightest].append(entry)
        weights[lightest] += entry.size + 500
    cut = [_Shard(sorted(own.path for own in part), sum(own.size for own in part)) for part in parts]
    return cut, notes


def _together(input: Analysis, looked: _Looked, reports: list[Report]) -> Analysed:
    everything = merged(finding for report in reports for finding in report.findings)
    kept = at_least(everything, input.min_severity)
    notes = list(dict.fromkeys([*looked.notes, *(note for report in reports for note in report.notes)]))
    if len(kept) > MOST_FINDINGS:
        more = len(kept) - MOST_FINDINGS
        notes.append(f"{more} more findings not listed, all no worse than those that are")
    counts = counted(everything)
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    files = sum(len(shard.files) for shard in looked.cut)
    whole = not looked.failures and all(report.status == "ok" for report in reports)
    return Analysed(
        function=input.function,
        project=looked.project,
        status="ok" if whole else "partial",
        summary=f"{said} in {files} file{'s' * (files != 1)}",
        counts=counts,
        findings=kept[:MOST_FINDINGS],
        agreed=sum(1 for finding in everything if finding.agreed),
        tools=tools_of([report.tools for report in reports]),
        files=files,
        bytes=sum(shard.bytes for shard in looked.cut),
        parts=len(looked.cut),
        failures=looked.failures,
        seconds=round(time.monotonic() - looked.begun, 3),
        workers_used=looked.workers,
        notes=notes,
    )


def _report(ended: Ended) -> Report | ErrorInfo:
    if ended.output is None:
        return ended.error or ErrorInfo("internal", "no output", retryable=False)
    try:
        return msgspec.json.decode(ended.output, type=Report)
    except msgspec.DecodeError as error:
        return ErrorInfo("invalid_input", f"its output is no report: {error}", retryable=False)


FUNCTIONS = (concurrent_analysis,)
