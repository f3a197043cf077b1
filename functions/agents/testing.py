"""The testing agent runs a project's tests with coverage, in a copy of the project, in the sandbox."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from functions.agents import covered, interpreters, reading, trials, workbench
from functions.agents.advice import advised
from functions.agents.covered import Coverage
from functions.agents.trials import Failure, Slow, Trial, Wish
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, Status, ToolRun, fingerprinted, ranked, status_of
from functions.ports import Artifact
from functions.sources import Target

MOST_FAILURES = 100


class Tests(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and which of its tests."""

    paths: Annotated[
        list[str], Meta(description="Test files, directories or node ids below the project; all where empty.")
    ] = field(default_factory=list)
    keyword: Annotated[str, Meta(description="Only tests whose names match, as pytest's -k.")] = ""
    seconds: Annotated[float, Meta(gt=0, le=900, description="The run is stopped after so long.")] = 300.0
    each: Annotated[
        float, Meta(ge=0, le=900, description="A test that takes longer fails alone; 0: no limit of its own.")
    ] = 0.0
    coverage: Annotated[bool, Meta(description="Measure lines and branches that ran.")] = True
    python: Annotated[
        str,
        Meta(
            description="bin/python of an environment with pytest, below an allowed root; else the worker's."
        ),
    ] = ""
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"


class Tested(Report, frozen=True, kw_only=True):
    """What the tests said. `ok` means that they ran to their end, not that they passed: see `counts`."""

    counts: Annotated[
        dict[str, int],
        Meta(
            description="passed, failed, error, skipped, xfailed, xpassed, collection (files not collected)."
        ),
    ] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    slowest: list[Slow] = field(default_factory=list)
    coverage: Annotated[Coverage | None, Meta(description="null where it was not measured.")] = None
    missing: Annotated[list[str], Meta(description="Modules that this interpreter has not.")] = field(
        default_factory=list
    )


class Ended(Struct, frozen=True):
    """How the run ended, in the words of a tool run, and what it means for a reader."""

    tool: ToolRun
    findings: list[Finding] = []


@function("testing.run", timeout=1000, max_attempts=2)
async def run(input: Tests, ctx: Context) -> Tested:
    """Run a project's tests with coverage: counts, failures, slowest tests, and what never ran."""
    python = await interpreters.chosen(input.python, ctx)
    directory = await ctx.projects.directory(input.path, input.archive)
    wish = Wish(checked(input.paths), input.keyword, input.seconds, input.coverage, input.each)
    async with workbench.opened(directory) as bench:
        ctx.progress(0.1, "project copied")
        trial = await trials.run(ctx, bench, python, wish)
        ctx.progress(0.9, "tests ended")
        ended = judged(trial, wish, bench)
        artifacts = await kept(ctx, trial)
        lines = bench.lines(own.file for own in trial.failures)
    tools = [ended.tool, *([measured(trial)] if input.coverage else [])]
    coverage = covered.summary(trial.measured) if trial.measured is not None else None
    findings = ranked(fingerprinted([*ended.findings, *map(finding, trial.failures)], lines))
    answer = Tested(
        status=overall(trial, tools),
        summary=said(trial, coverage),
        findings=findings[: reading.MOST_FINDINGS],
        tools=tools,
        notes=[*bench.notes, *noted(trial, tools)],
        artifacts=artifacts,
        counts=trial.counts,
        failures=trial.failures[:MOST_FAILURES],
        slowest=trials.slowest(trial.seconds),
        coverage=coverage,
        missing=trial.absent,
    )
    return await advised(ctx, answer, "Its tests were run.", input.model, lambda _: lines)


def overall(trial: Trial, tools: list[ToolRun]) -> Status:
    """Partial, not failed, where some tests were seen through though the run was not."""
    status = status_of(tools)
    return "partial" if status == "failed" and trial.counts else status


def checked(paths: list[str]) -> list[str]:
    """Paths that pytest cannot take for options, nor for places outside."""
    for path in paths:
        if path.startswith(("-", "/")) or ".." in path.partition("::")[0].split("/") or "\0" in path:
            raise reading.outside(path)
    return paths


def judged(trial: Trial, wish: Wish, bench: workbench.Workbench) -> Ended:
    """Whether pytest came to its end; where not, why, and where it was."""
    outcome = trial.outcome
    wall = round(outcome.seconds * 1000, 1) if outcome is not None else 0.0
    at = next(reversed(trial.running.items()), None)
    where = f", in {at[0]}" if at is not None else ""
    tool = ToolRun("pytest", trial.pytest, "ran", "", wall)

    def stopped(status: str, rule: str, reason: str) -> Ended:
        file, line = at[1] if at is not None else ("", 0)
        frames = list(trials.last_frames(trial.hung, bench.directory))
        deep = f"; {frames[0].replace(str(bench.directory) + '/', '')}" if frames else ""
        own = Finding("pytest", rule, "high", "high", file, line, f"{reason}{where}{deep}")
        changed = msgspec.structs.replace(tool, status=status, reason=f"{reason}{where}")
        return Ended(changed, [own])

    if outcome is not None and outcome.stopped == "time":
        return stopped("timeout", "test-timeout", f"stopped after {wish.seconds:g} s")
    if outcome is not None and outcome.stopped == "output":
        return stopped("failed", "endless-output", "stopped: it wrote too much")
    if not trial.pytest:
        return Ended(_no_pytest(tool, trial))
    match trial.code:
        case None:
            code = outcome.code if outcome is not None else None
            return stopped("failed", "run-ended-early", f"the process ended early with exit code {code}")
        case 0 | 1 if not trial.counts.get("collection"):
            return Ended(tool)
        case 5:
            return Ended(msgspec.structs.replace(tool, status="skipped", reason="no tests were found"))
        case 0 | 1 | 2 if trial.counts.get("collection"):
            absent = trial.absent
            count = trial.counts["collection"]
            why = f"{count} file{'s' * (count != 1)} could not be collected"
            why += f"; not installed: {', '.join(absent)}" if absent else ""
            return Ended(msgspec.structs.replace(tool, status="failed", reason=why))
        case _:
            last = trial.said.strip()[-500:]
            return Ended(
                msgspec.structs.replace(
                    tool, status="failed", reason=f"pytest's exit code {trial.code}: {last}"
                )
            )


def _no_pytest(tool: ToolRun, trial: Trial) -> ToolRun:
    if "No module named 'pytest'" in trial.said:
        reason = f"this interpreter has no pytest: {reading.INSTALL}, or give `python` of one that has it"
        return msgspec.structs.replace(tool, status="missing", reason=reason)
    code = trial.outcome.code if trial.outcome is not None else None
    reason = f"did not start, exit code {code}: {trial.said.strip()[-300:]}"
    return msgspec.structs.replace(tool, status="failed", reason=reason)


def measured(trial: Trial) -> ToolRun:
    """Whether coverage did its work."""
    if trial.coverage_error == "missing":
        return ToolRun("coverage", "", "missing", f"this interpreter has no coverage: {reading.INSTALL}")
    if trial.coverage_error:
        return ToolRun("coverage", trial.coverage, "failed", trial.coverage_error)
    if trial.measured is None:
        return ToolRun("coverage", trial.coverage, "unknown", "the run did not come to its end")
    return ToolRun("coverage", trial.coverage, "ran")


def finding(own: Failure) -> Finding:
    """A failure as a finding."""
    first = own.message.partition("\n")[0][:300]
    rule = {"failed": "test-failed", "error": "test-error", "collection": "collection-error"}[own.kind]
    message = f"{own.test}: {first}" if own.test != own.file else first
    return Finding("pytest", rule, "high", "high", own.file, own.line, message)


def said(trial: Trial, coverage: Coverage | None) -> str:
    """One line: how many of each, and how much was covered."""
    counts = ", ".join(f"{count} {key}" for key, count in trial.counts.items()) or "no test ran"
    share = (
        f"; {coverage.percent:g} % covered" if coverage is not None and coverage.percent is not None else ""
    )
    return f"{counts}{share}"


def noted(trial: Trial, tools: list[ToolRun]) -> list[str]:
    """What a reader should know beside the figures."""
    notes = [f"{tool.name} {tool.status}: {tool.reason}" for tool in tools if tool.status != "ran"]
    if trial.absent:
        notes.append(
            f"not installed for this interpreter: {', '.join(trial.absent)}; give `python`, the bin/python "
            "of an environment that has them, below an allowed root"
        )
    if trial.python:
        notes.append(f"run by Python {trial.python}, without network, in a copy of the project")
    if trial.warnings:
        notes.append(f"warnings while testing: {trial.warnings}")
    if "addopts` were left out" in trial.said:
        notes.append(trial.said.rpartition("\n")[2])
    return notes


async def kept(ctx: Context, trial: Trial) -> list[Artifact]:
    """The files for other tools: JUnit XML, coverage JSON."""
    media = {"junit.xml": "application/xml", "coverage.json": "application/json"}
    return [await ctx.artifacts.put(name, data, media[name]) for name, data in trial.files.items()]


FUNCTIONS = (run,)
