"""What a proposed patch has to pass: the compiler, ruff, bandit before and after, and the project's tests."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions import sources
from functions.agents import bandit, checked, patching, workbench
from functions.agents.checked import Checked
from functions.agents.patching import Proposal, Refused
from functions.agents.reading import Project, Reading
from functions.context import Context
from functions.findings import Finding, Severity, ToolRun, fingerprinted
from functions.sources import is_test

FAULTS = "E9,F63,F7,F82"
"""Ruff: syntax, and names that are not there."""


class Mending(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings to mend, and whether the project's tests decide too."""

    min_severity: Severity = "medium"
    tests: Annotated[bool, Meta(description="Run the project's tests before and after, in the sandbox.")] = (
        True
    )
    test_args: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=50)] = ()


class Trial(Struct, frozen=True):
    """A proposal after its checks. `wrong` is empty where it passed."""

    wrong: str
    tools: list[ToolRun]
    files: dict[str, bytes] = {}
    after: list[Finding] = []


class Before(Struct, frozen=True):
    """The project as it was: the files that may change, what bandit says of all, what is to go, its tests."""

    files: dict[str, str]
    findings: list[Finding]
    suppressed: int
    targets: list[Finding]
    tests: ToolRun


async def tried(input: Mending, ctx: Context, project: Project, before: Before, proposal: Proposal) -> Trial:
    """A proposal on a copy of the project, with every check."""
    try:
        files = patching.applied(proposal, before.files)
    except Refused as refused:
        return Trial(str(refused), [])
    async with workbench.opened(project.directory) as bench:
        await checked.written(bench.directory, files)
        proof = await checked.verified(ctx, bench.directory, sorted(files), FAULTS)
        if not proof.passed:
            return Trial(_faults(proof), proof.tools)
        found = await asyncio.to_thread(sources.find, bench.directory, input.files)
        changed = Project(bench.directory, found)
        scan = await bandit.scan(ctx, changed)
        after = marked(scan.findings, changed)
        tools = [*proof.tools, scan.ran.tool]
        if wrong := _wrong(before, after, silenced=scan.suppressed > before.suppressed):
            return Trial(wrong, tools)
        tools.append(before.tests)
        if before.tests.status == "ran":
            tools.append(await checked.proved(ctx, bench.directory, input.test_args, "tests after"))
    failed = [own for own in tools if own.status not in ("ran", "skipped", "unknown")]
    return Trial("; ".join(f"{own.name}: {own.reason}" for own in failed), tools, files, after)


def _faults(proof: Checked) -> str:
    """What does not compile, or which tool did not run."""
    if proof.findings:
        first = proof.findings[0]
        return f"{first.file}:{first.line}: {first.message}"
    return "; ".join(f"{own.name}: {own.reason}" for own in proof.tools if own.status != "ran")


def _wrong(before: Before, after: list[Finding], *, silenced: bool) -> str:
    """Why the code as it is now is not accepted; empty where it is."""
    if silenced:
        return "it silences bandit instead of mending"
    known = {own.fingerprint for own in before.findings}
    new = [own for own in after if own.fingerprint not in known and own.severity != "info"]
    if new:
        return f"bandit finds something at {new[0].file}:{new[0].line}: {new[0].message}"
    left = {own.fingerprint for own in after}
    return (
        "" if any(own.fingerprint not in left for own in before.targets) else "bandit finds all of it still"
    )


async def baseline(input: Mending, ctx: Context, project: Project) -> ToolRun:
    """The project's tests as they are, on a copy; `unknown` where nothing can be known by them."""
    if not input.tests:
        return ToolRun("tests", "", "unknown", "not run: nobody knows whether the code still does its work")
    if not any(is_test(name) for name in project.sources.names):
        return ToolRun("tests", "", "unknown", "there are none: nobody knows whether the code still works")
    async with workbench.opened(project.directory) as fresh:
        return await checked.proved(ctx, fresh.directory, input.test_args, "tests before")


def marked(findings: list[Finding], project: Project) -> list[Finding]:
    """The findings with fingerprints, which stay the same when lines move."""
    lines: Mapping[str, Any] = project.lines(own.file for own in findings)
    return fingerprinted(findings, dict(lines))
