"""The testing agent on what no test runs: ranked by how much there is to get wrong."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from functions.agents import covered, interpreters, testing, trials, workbench
from functions.agents.advice import advised
from functions.agents.covered import Coverage, FunctionCoverage, Measured
from functions.agents.reading import MOST_FINDINGS
from functions.agents.testing import Tests
from functions.agents.trials import Wish
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, Severity, ToolRun, fingerprinted, ranked
from subjects.errors import InvalidInput

COMPLEX = 5
"""From this cyclomatic complexity on, an untested function is more than a trifle."""
MOST_LISTED = 100
ABOUT = "It looked for code that no test runs."


class Gaps(Tests, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and how its coverage is known."""

    report: Annotated[
        str,
        Meta(description="artifacts/<sha256> of a coverage.json; where empty, the tests are run for it."),
    ] = ""


class Gap(Struct, frozen=True):
    """A public function that no test runs, or not wholly."""

    file: str
    function: str
    line: int
    covered: Annotated[float, Meta(description="Percent of lines and branches.")]
    complexity: Annotated[int, Meta(description="Cyclomatic: one more than half of its branches.")]
    missing: Annotated[list[int], Meta(description="Lines that never ran.")]
    branches: Annotated[list[tuple[int, int]], Meta(description="Jumps that were never taken.")]
    risk: Annotated[float, Meta(description="Complexity times lines and branches that never ran.")]


class Untested(Report, frozen=True, kw_only=True):
    """What is not tested, riskiest first."""

    gaps: list[Gap] = field(default_factory=list)
    modules: Annotated[list[str], Meta(description="Files of which no function ran.")] = field(
        default_factory=list
    )
    coverage: Coverage | None = None


@function("testing.gaps", timeout=1000, max_attempts=2)
async def gaps(input: Gaps, ctx: Context) -> Untested:
    """Find public functions and modules that no test runs, riskiest first; runs the tests for it."""
    if input.report:
        measured = await _given(input.report, ctx)
        told = answer(measured, [ToolRun("coverage", "", "ran", "as given")], [])
        return await advised(ctx, told, ABOUT, input.model)
    python = await interpreters.chosen(input.python, ctx)
    directory = await ctx.projects.directory(input.path, input.archive)
    wish = Wish(testing.checked(input.paths), input.keyword, input.seconds)
    async with workbench.opened(directory) as bench:
        trial = await trials.run(ctx, bench, python, wish)
        ended = testing.judged(trial, wish, bench)
    tools = [ended.tool, testing.measured(trial)]
    notes = [*bench.notes, *testing.noted(trial, tools)]
    if trial.counts.get("failed") or trial.counts.get("error"):
        notes.append("some tests failed: what comes after the failure in them was not run")
    if trial.measured is None:
        return Untested(status="failed", summary="coverage is not known", tools=tools, notes=notes)
    return await advised(ctx, answer(trial.measured, tools, notes), ABOUT, input.model)


async def _given(ref: str, ctx: Context) -> Measured:
    try:
        return covered.read(await ctx.artifacts.get(ref))
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{ref[:80]} is no coverage.json of coverage.py: {error}") from None


def answer(measured: Measured, tools: list[ToolRun], notes: list[str]) -> Untested:
    """The gaps of a measured project."""
    found = of(measured)
    modules = untested_modules(measured)
    never = [own for own in found if own.covered == 0]
    findings = [_module(file) for file in modules]
    findings += [_function(own) for own in found if own.file not in modules]
    findings = ranked(fingerprinted(findings, {}))
    if len(findings) > MOST_FINDINGS:
        notes = [*notes, f"{len(findings) - MOST_FINDINGS} more findings not listed"]
    total = covered.summary(measured, MOST_LISTED)
    share = f"{total.percent:g} % covered; " if total.percent is not None else ""
    return Untested(
        status="ok" if all(tool.status in ("ran", "skipped") for tool in tools) else "partial",
        summary=f"{share}{len(never)} public functions never run, {len(found) - len(never)} in part, "
        f"{len(modules)} modules without a test",
        findings=findings[:MOST_FINDINGS],
        tools=tools,
        notes=notes,
        gaps=found[:MOST_LISTED],
        modules=modules[:MOST_LISTED],
        coverage=total,
    )


def of(measured: Measured) -> list[Gap]:
    """Every public function that is not wholly covered, riskiest first."""
    found = [
        _gap(own)
        for own in covered.functions_of(measured)
        if (own.missing or own.missing_branches) and public(own.function)
    ]
    return sorted(found, key=lambda own: (-own.risk, own.file, own.line))


def public(name: str) -> bool:
    """Whether a dotted name is meant for others.

    >>> public("Shop.sell"), public("Shop._count"), public("sell.inner")
    (True, False, True)
    """
    return not any(part.startswith("_") for part in name.split("."))


def untested_modules(measured: Measured) -> list[str]:
    """Files that have functions, none of which ran."""
    ran: dict[str, bool] = {}
    for own in covered.functions_of(measured):
        ran[own.file] = ran.get(own.file, False) or len(own.missing) < own.lines
    return [file for file, some in ran.items() if not some]


def _gap(own: FunctionCoverage) -> Gap:
    complexity = 1 + own.branches // 2
    open_ends = len(own.missing) + len(own.missing_branches)
    return Gap(
        own.file, own.function, own.line, own.percent, complexity, own.missing, own.missing_branches,
        float(complexity * open_ends),
    )  # fmt: skip


def _module(file: str) -> Finding:
    return Finding("coverage", "untested-module", "low", "high", file, 0, "no test runs any function of it")


def _function(own: Gap) -> Finding:
    if own.covered == 0:
        severity: Severity = "medium" if own.complexity >= COMPLEX else "low"
        message = f"no test runs {own.function} (cyclomatic complexity {own.complexity})"
        return Finding("coverage", "untested-function", severity, "high", own.file, own.line, message)
    lines = ", ".join(map(str, own.missing[:8])) + (" ..." if len(own.missing) > 8 else "")
    said = f"lines {lines} never run" if own.missing else "some branches are never taken"
    return Finding(
        "coverage", "partly-tested-function", "info", "high", own.file, own.line,
        f"{own.function} is tested in part ({own.covered:g} %): {said}",
    )  # fmt: skip


FUNCTIONS = (gaps,)
