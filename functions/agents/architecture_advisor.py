"""The architecture advisor: import graph, cycles, layers, hot spots, and what to do about them."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from functions.agents import architecture, coupling, history, reading
from functions.agents.advice import advised
from functions.agents.architecture import Measured
from functions.agents.reading import Project, Ran, Reading
from functions.api import function
from functions.context import Context
from functions.figures import Architecture
from functions.findings import Finding, Report, ToolRun
from functions.ports import Limits
from functions.sources import is_test
from subjects.errors import InvalidInput, SandboxUnavailable

PROGRAM = Path(__file__).with_name("measure.py")
LIMITS = Limits(seconds=120, memory=2 << 30)
_TEMPORARY = Path(tempfile.gettempdir()).resolve()
LAYER = r"^[A-Za-z_][\w.]*(\s*\|\s*[A-Za-z_][\w.]*)*$"
TOOLS = ("grimp", "complexipy")


class Structure(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project, and what its structure should be."""

    layers: Annotated[
        tuple[Annotated[str, Meta(pattern=LAYER, max_length=1000)], ...],
        Meta(
            max_length=100, description='Top first, e.g. ["shop.web", "shop.orders | shop.stock", "shop.db"].'
        ),
    ] = ()
    history: Annotated[bool, Meta(description="Count commits by file, where the project has a git.")] = True
    record: Annotated[bool, Meta(description="Also a decision record to fill in, as an artifact.")] = False


@function("architecture_advisor.analyse", timeout=200)
async def analyse(input: Structure, ctx: Context) -> Report:
    """Measure how modules hang together (grimp) and how hard functions are to follow (complexipy).

    Import cycles and what breaks them, layers and imports against them, stability of packages, what is both
    hard and often changed, private names that nobody uses.
    """
    project = await reading.opened(input, ctx)
    files = [name for name in project.sources.names if name.endswith(".py")]
    ours = [name for name in files if not is_test(name)] or files
    (ran, measured), (changed, git) = await asyncio.gather(
        _measured(ctx, project, ours, [name for name in files if name not in set(ours)]),
        _history(input, ctx, project),
    )
    tools = [*(_tool(name, ran.tool, measured) for name in TOOLS), *git]
    if measured is None:
        return reading.report(input, project, tools, [], "the project could not be measured", {})
    found, findings, unknown = await asyncio.to_thread(_judged, measured, input.layers, changed)
    findings += [reading.unparsed(file, reason) for file, reason in measured.broken.items()]
    summary = (
        f"{found.modules} modules, {found.imports} imports, {len(found.cycles)} cycles; "
        f"cognitive complexity {found.complexity_mean:g} on average, {found.complexity_max} at most"
    )
    answer = reading.report(input, project, tools, findings, summary, msgspec.to_builtins(found))
    if len(ours) < len(files):
        answer.notes.append(f"{len(files) - len(ours)} test files left out of graph and complexity")
    if measured.clashes:
        answer.notes.append(
            f"not in the graph, another file has the same name: {', '.join(measured.clashes[:5])}"
        )
    if unknown:
        answer.notes.append(f"no module is in these layers: {', '.join(unknown)}")
    if input.record:
        text = coupling.record(found, project.directory.name)
        answer.artifacts.append(await ctx.artifacts.put("decision.md", text.encode(), "text/markdown"))
    about = "It measured how modules hang together and how hard functions are to follow."
    return await advised(ctx, answer, about, input.model)


def _judged(
    measured: Measured, layers: Sequence[str], changed: list[tuple[str, ...]]
) -> tuple[Architecture, list[Finding], list[str]]:
    """The figures, the findings, and names of layers that no module has."""
    against, unknown = coupling.violations(measured, layers)
    found = replace(
        architecture.figures(measured),
        parts=coupling.parts(measured),
        violations=against,
        churn=coupling.churn(measured, changed),
    )
    found = replace(found, advice=[*found.advice, *coupling.advice(found)])
    findings = architecture.findings(measured) + architecture.dead(measured) + coupling.findings(against)
    return found, findings, unknown


async def _history(
    input: Structure, ctx: Context, project: Project
) -> tuple[list[tuple[str, ...]], list[ToolRun]]:
    """The files of each commit, newest first, and how git went. No history is no fault of an analysis."""
    if not input.history:
        return [], []
    try:
        repository = await history.found(ctx, input, project.directory)
        if repository is None:
            return [], []
        ran, commits = await history.commits(ctx, repository, None, "HEAD", files=True)
    except (InvalidInput, SandboxUnavailable) as error:
        return [], [ToolRun("git", "", "skipped", f"the history was not read: {error.message}")]
    if ran.tool.status == "failed":
        return [], [replace(ran.tool, status="skipped")]
    return [own.files for own in commits], [ran.tool]


async def _measured(
    ctx: Context, project: Project, files: list[str], others: list[str]
) -> tuple[Ran, Measured | None]:
    question = msgspec.json.encode({"directory": str(project.directory), "files": files, "others": others})
    with tempfile.TemporaryDirectory(prefix="revo-graph-", dir=_TEMPORARY) as work:
        command = replace(reading.script(PROGRAM, project, question, LIMITS), work=Path(work))
        ran = await reading.run(ctx, "measure", "", command)
        await asyncio.to_thread(_emptied, Path(work))
    if ran.tool.status != "ran":
        return ran, None
    return ran, msgspec.json.decode(ran.output, type=Measured)


def _emptied(work: Path) -> None:
    """Thousands of small files are removed off the loop; the context manager then finds nothing to do."""
    for child in work.iterdir():
        shutil.rmtree(child, ignore_errors=True)


def _tool(name: str, whole: ToolRun, measured: Measured | None) -> ToolRun:
    version = reading.installed(name)
    if version is None:
        return reading.missing(name).tool
    if measured is not None and name in measured.failed:
        return ToolRun(name, version, "failed", measured.failed[name], whole.wall_ms)
    return ToolRun(name, version, whole.status, whole.reason, whole.wall_ms)


FUNCTIONS = (analyse,)
