"""The architecture advisor: import graph, cycles, layers, hot spots, and what to do about them."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import msgspec
from msgspec.structs import replace

from functions.agents import architecture, reading
from functions.agents.advice import advised
from functions.agents.architecture import Measured
from functions.agents.reading import Project, Ran, Reading
from functions.api import function
from functions.context import Context
from functions.findings import Report, ToolRun
from functions.ports import Limits
from functions.sources import is_test

PROGRAM = Path(__file__).with_name("measure.py")
LIMITS = Limits(seconds=120, memory=2 << 30)
_TEMPORARY = Path(tempfile.gettempdir()).resolve()
TOOLS = ("grimp", "complexipy")


@function("architecture_advisor.analyse", timeout=200)
async def analyse(input: Reading, ctx: Context) -> Report:
    """Measure how modules hang together (grimp) and how hard functions are to follow (complexipy)."""
    project = await reading.opened(input, ctx)
    files = [name for name in project.sources.names if name.endswith(".py")]
    ours = [name for name in files if not is_test(name)] or files
    ran, measured = await _measured(ctx, project, ours)
    tools = [_tool(name, ran.tool, measured) for name in TOOLS]
    if measured is None:
        return reading.report(input, project, tools, [], "the project could not be measured", {})
    found = await asyncio.to_thread(architecture.figures, measured)
    findings = await asyncio.to_thread(architecture.findings, measured)
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
    about = "It measured how modules hang together and how hard functions are to follow."
    return await advised(ctx, answer, about, input.model)


async def _measured(ctx: Context, project: Project, files: list[str]) -> tuple[Ran, Measured | None]:
    question = msgspec.json.encode({"directory": str(project.directory), "files": files})
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
