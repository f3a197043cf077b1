"""What every reading agent does alike: open the project, run a tool over it, put the answer together."""

import asyncio
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions import sources
from functions.context import Context
from functions.findings import (
    UNPARSABLE,
    Finding,
    Report,
    Severity,
    ToolRun,
    ToolStatus,
    at_least,
    fingerprinted,
    ranked,
    status_of,
)
from functions.ports import Command, Limits, Outcome
from functions.sources import Sources, Target
from subjects.errors import ForbiddenPath

MOST_FINDINGS = 500
"""Findings in one report; a result must fit a message. What is above it is counted in the notes."""

INSTALL = 'pip install "revoagent[agents]"'


class Reading(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project, or some files of it."""

    files: Annotated[list[str] | None, Meta(description="Only these, as paths below the project.")] = None
    min_severity: Severity = "info"
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"


class Project(Struct, frozen=True):
    """A project that is open for reading."""

    directory: Path
    sources: Sources

    def lines(self, names: Iterable[str]) -> dict[str, Sequence[str]]:
        """The text of files of the project, by path. A file that cannot be read has no lines."""
        known = {entry.path for entry in self.sources.files}
        return {name: text_of(self.directory / name) for name in set(names) if name in known}


class Ran(Struct, frozen=True):
    """A tool after its run; `output` is empty unless its status is `ran`."""

    tool: ToolRun
    output: bytes = b""
    errors: str = ""


async def opened(input: Reading, ctx: Context) -> Project:
    """The project of this input, with the Python files that are to be read."""
    directory = await ctx.projects.directory(input.path, input.archive)
    return Project(directory, await asyncio.to_thread(sources.find, directory, input.files))


def installed(distribution: str) -> str | None:
    """The version of a distribution, or None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def missing(name: str) -> Ran:
    """A tool that is not installed, with the command that changes it."""
    return Ran(ToolRun(name, "", "missing", f"not installed: {INSTALL}"))


async def run(ctx: Context, name: str, own_version: str, command: Command, fine: Sequence[int] = (0,)) -> Ran:
    """The tool's output, or why there is none."""
    outcome = await ctx.sandbox.run(command)
    wall = round(outcome.seconds * 1000, 1)
    errors = outcome.stderr.decode("utf-8", "replace").strip()
    if outcome.code in fine:
        return Ran(ToolRun(name, own_version, "ran", "", wall), outcome.stdout, errors)
    reason = _why(outcome, errors, command.limits)
    status: ToolStatus = "timeout" if outcome.stopped == "time" else "failed"
    ctx.log.warning("tool did not run", tool=name, status=status, reason=reason)
    return Ran(ToolRun(name, own_version, status, reason, wall), b"", errors)


def script(program: Path, project: Project, stdin: bytes, limits: Limits) -> Command:
    """A run of one of our own programs with this interpreter, over the project."""
    return Command(
        [sys.executable, "-I", str(program)], (program.parent, project.directory), None, stdin, limits=limits
    )


def unparsed(file: str, reason: str) -> Finding:
    """A file of which nothing was checked, because it is no Python that this interpreter reads."""
    named = re.search(r"\(line (\d+)\)$", reason)
    line = int(named[1]) if named else 0
    return Finding(
        "python", UNPARSABLE, "medium", "high", file, line, f"not checked, cannot be parsed: {reason}"
    )


def report(
    input: Reading,
    project: Project,
    tools: list[ToolRun],
    findings: Iterable[Finding],
    summary: str,
    metrics: Any,
) -> Report:
    """The answer: ranked, filtered, bounded, and honest about each of these."""
    found = list(findings)
    full = fingerprinted(found, project.lines(finding.file for finding in found))
    kept = ranked(at_least(full, input.min_severity))
    notes = project.sources.notes()
    if len(kept) < len(full):
        notes.append(f"{len(full) - len(kept)} findings below {input.min_severity} not listed")
    if len(kept) > MOST_FINDINGS:
        notes.append(
            f"{len(kept) - MOST_FINDINGS} more findings not listed, all no worse than those that are"
        )
    notes.extend(f"{tool.name} {tool.status}: {tool.reason}" for tool in tools if tool.status != "ran")
    return Report(status_of(tools), summary, kept[:MOST_FINDINGS], tools, metrics, notes)


def outside(path: str) -> ForbiddenPath:
    """The error for a path that is not below the project."""
    return ForbiddenPath(f"{path[:200]!r} is no path below the project")


def _why(outcome: Outcome, errors: str, limits: Limits) -> str:
    if outcome.stopped == "time":
        return f"stopped after {limits.seconds:g} s"
    if outcome.stopped == "output":
        return "stopped: it wrote too much"
    return f"exit code {outcome.code}: {errors[-300:]}" if errors else f"exit code {outcome.code}"


def text_of(path: Path) -> Sequence[str]:
    """The lines of a file, whatever its bytes; none where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
