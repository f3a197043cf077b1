"""The performance optimizer: where a workload's time or memory goes, and whether a change made it faster."""

import asyncio
import platform
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from functions.agents import hotpaths, reading, trials, workbench
from functions.agents.advice import advised
from functions.agents.hotpaths import Growth, HotFunction, HotLine, Profiled, Rules
from functions.agents.reading import Project, Ran
from functions.agents.workbench import Workbench
from functions.api import function
from functions.context import Context
from functions.findings import Report, ToolRun
from functions.ports import Limits
from functions.sources import Entry, Sources, Target
from subjects.errors import InvalidInput

PROGRAM = Path(__file__).with_name("profiled.py")
STATIC = Path(__file__).with_name("hotloops.py")
LIMITS = Limits(seconds=60, memory=2 << 30)
MOST_SECONDS = 600
SPARE = 15
"""Seconds for the start and for writing the answer, beyond those for profile, count of calls and growth."""

Kind = Literal["script", "module", "test", "call"]
Mode = Literal["cpu", "memory"]
Callable = Annotated[str, Meta(pattern=r"^[\w.]+:[\w.]+$", description="module:callable.")]
Sizes = Annotated[
    list[Annotated[int, Meta(ge=1)]],
    Meta(min_length=2, max_length=6, description="The call is timed with each as its one argument."),
]
_MEDIA = {".json": "application/json", ".html": "text/html"}


class Workload(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to run under the profiler. Exactly one of script, module, test and call."""

    script: Annotated[str | None, Meta(description="A Python file below the project.")] = None
    module: Annotated[str | None, Meta(description="As for python -m.")] = None
    test: Annotated[str | None, Meta(description="A node id of pytest.")] = None
    call: Callable | None = None
    args: Annotated[
        list[Any], Meta(description="Words for a script, module or test; positional arguments for a call.")
    ] = msgspec.field(default_factory=list)
    sizes: Sizes | None = None
    repeat: Annotated[int, Meta(ge=1, le=1000)] = 1
    mode: Mode = "cpu"
    seconds: Annotated[float, Meta(ge=1, le=MOST_SECONDS, description="The workload is stopped then.")] = 60.0
    interval: Annotated[float, Meta(ge=0.0001, le=1, description="Seconds between two samples.")] = 0.001
    count_calls: Annotated[bool, Meta(description="One more run, in which calls are counted.")] = True
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [kind for kind in ("script", "module", "test", "call") if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError("give one of script, module, test and call")
        if self.sizes is not None and self.call is None:
            raise ValueError("sizes go with a call that takes one number")
        if (self.script or "").startswith(("/", "-")) or ".." in Path(self.script or "").parts:
            raise ValueError("a script is a path below the project")
        if (self.test or "").startswith("-"):
            raise ValueError("a test is a node id of pytest")

    @property
    def target(self) -> tuple[Kind, str]:
        """Its kind, and what to run."""
        kinds: tuple[Kind, ...] = ("script", "module", "test", "call")
        return next((kind, own) for kind in kinds if (own := getattr(self, kind)) is not None)


class Profile(Struct, frozen=True):
    """What was measured."""

    target: str
    mode: Mode
    runs: int
    walls: Annotated[list[float], Meta(description="Seconds of each run, the profiler's own share included.")]
    cpu_seconds: float
    samples: int
    functions: list[HotFunction]
    lines: list[HotLine]
    growth: Growth | None = None
    peak_bytes: int | None = None
    left_bytes: int | None = None
    held: Annotated[
        list[tuple[str, int, int, int]],
        Meta(description="File, line, bytes and blocks, at the highest seen."),
    ] = []


@function("performance_optimizer.profile", timeout=1500, max_attempts=2)
async def profile(input: Workload, ctx: Context) -> Report:
    """Run a workload under a profiler; name hot functions and lines, and slow things written in hot loops.

    It runs in the sandbox, in a copy of the project. Shares are of the time that was sampled.
    """
    directory = await ctx.projects.directory(input.path, input.archive)
    kind, target = input.target
    if kind == "script" and not await asyncio.to_thread((directory / target).is_file):
        raise InvalidInput(f"the project has no file {target!r}")
    tool = "pyinstrument" if input.mode == "cpu" else "tracemalloc"
    version = reading.installed(tool) if input.mode == "cpu" else platform.python_version()
    if version is None:
        return _answer([reading.missing(tool).tool], "nothing was measured")
    async with workbench.opened(directory) as bench:
        ran = await _ran(ctx, input, bench, tool, version)
        notes = list(bench.notes)
    measured = _read(ran)
    if measured is None:
        return _answer([ran.tool], "nothing was measured", notes)
    if measured.error:
        said = f"; it said: {ran.errors[-1000:]}" if ran.errors else ""
        reason = f"the workload failed: {measured.error}{said}"
        failed = ToolRun(tool, version, "failed", reason, ran.tool.wall_ms)
        return _answer([failed], "the workload failed", notes)
    return await _report(input, ctx, Project(directory, Sources((), ())), (ran, measured), notes)


async def _ran(ctx: Context, input: Workload, bench: Workbench, tool: str, version: str) -> Ran:
    kind, target = input.target
    places = [bench.directory, *trials.members(bench.directory)]
    named = [own / root for own in places for root in ("", "src", "lib")]
    roots = [own.relative_to(bench.directory).as_posix() for own in named if own.is_dir()]
    question = {
        "kind": kind, "target": target, "args": input.args, "repeat": input.repeat, "mode": input.mode,
        "seconds": input.seconds, "interval": input.interval, "sizes": input.sizes, "roots": roots,
        "count": input.count_calls,
    }  # fmt: skip
    parts = 1 + 0.5 * input.count_calls + (input.sizes is not None)
    own = msgspec.structs.replace(workbench.LIMITS, seconds=parts * input.seconds + SPARE)
    around = {
        "PYINSTRUMENT_IGNORE_OVERHEAD_WARNING": "1",
        "PYTHONPATH": ":".join(str(bench.directory / root) for root in roots),
    }
    command = bench.command([sys.executable, "-I", str(PROGRAM)], around, own)
    command = msgspec.structs.replace(command, stdin=msgspec.json.encode(question), reads=(PROGRAM.parent,))
    return await reading.run(ctx, tool, version, command)


def _read(ran: Ran) -> Profiled | None:
    """The answer, where there is one: a workload may have ended the process, or written what it liked."""
    if ran.tool.status != "ran":
        return None
    try:
        return msgspec.json.decode(ran.output, type=Profiled)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Profiled(error="it ended the process before an answer was written")


async def _report(
    input: Workload, ctx: Context, project: Project, seen: tuple[Ran, Profiled], notes: list[str]
) -> Report:
    ran, measured = seen
    kind, target = input.target
    growth = hotpaths.growth_of(measured.growth)
    files = sorted({own[0] for own in measured.lines if not own[0].startswith("<")})
    question = msgspec.json.encode({"directory": str(project.directory), "files": files})
    rules = await reading.run(
        ctx, "hotloops", platform.python_version(), reading.script(STATIC, project, question, LIMITS)
    )
    known = msgspec.json.decode(rules.output, type=Rules) if rules.tool.status == "ran" else {}
    found = Profile(
        target=f"{kind} {target}",
        mode=input.mode,
        runs=len(measured.walls),
        walls=[round(own, 4) for own in measured.walls],
        cpu_seconds=round(measured.cpu, 4),
        samples=measured.samples,
        functions=hotpaths.functions_of(measured),
        lines=hotpaths.lines_of(measured),
        growth=growth,
        peak_bytes=measured.peak if input.mode == "memory" else None,
        left_bytes=measured.left if input.mode == "memory" else None,
        held=measured.held,
    )
    findings = hotpaths.findings_of(measured, known, growth, target)
    tools = [ran.tool, rules.tool] if input.mode == "cpu" else [ran.tool]
    asked = reading.Reading(path=input.path, archive=input.archive)
    lined = Project(project.directory, Sources(tuple(Entry(file, 0) for file in files), ()))
    answer = reading.report(asked, lined, tools, findings, _summary(found), msgspec.to_builtins(found))
    answer.notes.extend([*notes, *_doubts(input, measured, growth)])
    for name, text in measured.rendered.items():
        answer.artifacts.append(await ctx.artifacts.put(name, text.encode(), _MEDIA[Path(name).suffix]))
    about = "It ran a workload under a profiler; shares are of the time that was sampled."
    return await advised(ctx, answer, about, input.model, lined.lines)


def _summary(found: Profile) -> str:
    if found.mode == "memory":
        peak, left = ((own or 0) / (1 << 20) for own in (found.peak_bytes, found.left_bytes))
        return f"{found.target}: {peak:.1f} MB at most, {left:.1f} MB left at its end"
    took = f"{sum(found.walls):.3g} s in {found.runs} run{'s' * (found.runs != 1)}"
    if not found.functions:
        return f"{found.target}: {took}, nothing was sampled"
    hot = found.functions[0]
    return f"{found.target}: {took}; {100 * hot.self_share:.0f} % in {hot.function} ({hot.file}:{hot.line})"


def _doubts(input: Workload, measured: Profiled, growth: Growth | None) -> list[str]:
    """What the figures do not say."""
    notes: list[str] = []
    if measured.stopped:
        notes.append(f"stopped after {input.seconds:g} s: the profile is of what ran until then")
    if input.mode == "memory":
        notes.append("only memory of Python objects is seen (tracemalloc); that of C libraries is not")
        return notes
    notes.append("only the thread that runs the workload is profiled; child processes are not")
    if measured.samples < hotpaths.LEAST_SAMPLES:
        notes.append(
            f"only {measured.samples} samples: shares are a guess; repeat more often, or give it more to do"
        )
    if input.count_calls and not measured.calls and not measured.stopped:
        notes.append("calls were not counted: the run with a counter failed or took too long")
    if input.sizes is not None and growth is None:
        notes.append("growth could not be told: a run failed, or the longest took less than 5 ms")
    return notes


def _answer(tools: list[ToolRun], summary: str, notes: list[str] | None = None) -> Report:
    """A report of a run that gave no figures."""
    reasons = [f"{tool.name} {tool.status}: {tool.reason}" for tool in tools]
    return Report("failed", summary, [], tools, {}, [*(notes or []), *reasons])


FUNCTIONS = (profile,)
