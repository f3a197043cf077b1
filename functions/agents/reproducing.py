"""The debug agent runs a failure again, in a copy of the project, and shows the frames and values of it."""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from functions import sources
from functions.agents import causes, debugging, interpreters, scenes, tracebacks, trials, workbench
from functions.agents.advice import advised
from functions.agents.causes import Cause
from functions.agents.interpreters import Interpreter
from functions.agents.scenes import Scene
from functions.agents.tracebacks import Frame, Trace
from functions.agents.workbench import LIMITS, Workbench
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun, fingerprinted, status_of
from functions.ports import Command, Outcome

MOST_ANSWER = 4 << 20
MOST_OUTPUT = 3000

How = Literal["passed", "exception", "exit", "signal", "timeout", "output"]


class Seen(Frame, frozen=True, kw_only=True):
    """A frame with the values that its names had."""

    variables: dict[str, str] = field(default_factory=dict)


class Raised(Struct, frozen=True):
    """An exception, with the calls that led to it; outermost first."""

    type: str
    message: str
    frames: list[Seen] = field(default_factory=list)
    chain: str = ""
    before: "Raised | None" = None


class _Answer(Struct, frozen=True):
    code: int
    exception: Raised | None = None


class Run(Struct, frozen=True):
    """How one run ended."""

    how: How
    code: int | None
    said: str
    seconds: float
    raised: Raised | None = None
    output: str = ""


class Reproduced(Report, frozen=True, kw_only=True):
    """What was seen. `rate` is the share of runs that failed."""

    how: How
    rate: float
    runs: Annotated[dict[str, int], Meta(description="How often each end was seen.")] = field(
        default_factory=dict
    )
    exception: Raised | None = None
    causes: list[Cause] = field(default_factory=list)
    output: Annotated[str, Meta(description="The end of what it wrote.")] = ""


@function("debug.reproduce", timeout=1000, max_attempts=2)
async def reproduce(input: Scene, ctx: Context) -> Reproduced:
    """Run a test, script or command and show where it fails: frames, values, expression, likely cause."""
    python = await interpreters.chosen(input.python, ctx)
    directory = await ctx.projects.directory(input.path, input.archive)
    runs: list[Run] = []
    async with workbench.opened(directory) as bench:
        for number in range(input.times):
            runs.append(await once(ctx, bench, python, input, number))
            ctx.progress((number + 1) / input.times, f"run {number + 1}: {runs[-1].said}")
        answer = await asyncio.to_thread(_answer, runs, bench)
    return await advised(ctx, answer, "A failure of it was run again.", input.model)


async def once(ctx: Context, bench: Workbench, python: Interpreter, scene: Scene, number: int) -> Run:
    """One run. Each has another order of hashes, so that what depends on it shows."""
    await asyncio.to_thread(bench.cleared, ".revo")
    argv, question = scenes.words(scene, python, bench)
    command = Command(
        argv, python.reads, bench.directory, question,
        {**(trials.environment(bench.directory) if question else {}), "PYTHONHASHSEED": str(number)},
        foreign=True, limits=msgspec.structs.replace(LIMITS, seconds=scene.seconds),
    )  # fmt: skip
    outcome = await ctx.sandbox.run(command)
    return await asyncio.to_thread(judged, outcome, bench, scene.seconds)


def judged(outcome: Outcome, bench: Workbench, seconds: float) -> Run:
    """How a run ended, from its exit and from what the witness wrote."""
    text = (
        (outcome.stdout + b"\n" + outcome.stderr)
        .decode("utf-8", "replace")
        .replace(f"{bench.directory}/", "")
    )
    output, spent = text.strip()[-MOST_OUTPUT:], round(outcome.seconds, 3)
    known = _known(bench)
    if outcome.stopped == "time":
        hung = bench.made(".revo/hung.txt", 100_000).decode("utf-8", "replace")
        return Run("timeout", None, f"did not end within {seconds:g} s", spent, _hung(hung, bench), output)
    if outcome.stopped == "output":
        return Run("output", None, "stopped: it wrote too much", spent, None, output)
    code = outcome.code if outcome.code is not None else -1
    killed = code - 128 if code > 128 else -code if code < 0 else 0
    if known is not None and known.exception is not None:
        first = known.exception.message.partition("\n")[0][:200]
        return Run("exception", code, f"{known.exception.type}: {first}", spent, known.exception, output)
    if killed in {int(own) for own in signal.Signals}:
        return Run("signal", code, f"was killed by {signal.Signals(killed).name}", spent, None, output)
    if code == 0:
        return Run("passed", 0, "did not fail", spent, None, output)
    found = tracebacks.find(text)
    raised = _from_text(found[-1]) if found else None
    how: How = "exception" if raised is not None else "exit"
    said = f"{raised.type}: {raised.message[:200]}" if raised is not None else f"ended with exit code {code}"
    return Run(how, code, said, spent, raised, output)


def _known(bench: Workbench) -> _Answer | None:
    try:
        return msgspec.json.decode(bench.made(".revo/failure.json", MOST_ANSWER), type=_Answer)
    except msgspec.DecodeError:
        return None


def _from_text(trace: Trace) -> Raised:
    frames = [Seen(**{key: getattr(own, key) for key in own.__struct_fields__}) for own in trace.frames]
    return Raised(trace.type, trace.message, frames)


def _hung(text: str, bench: Workbench) -> Raised | None:
    """Where a program was when its time was up, from faulthandler's dump (innermost first)."""
    frames: list[Seen] = []
    for line in trials.last_frames(text, bench.directory):
        file, _, rest = line.removeprefix('File "').partition('", line ')
        number, _, name = rest.partition(" in ")
        if number.isdigit():
            frames.append(Seen(file.replace(f"{bench.directory}/", ""), int(number), name, own=True))
    return Raised("TimeoutError", "still here when the time was up", frames[::-1]) if frames else None


def _answer(runs: list[Run], bench: Workbench) -> Reproduced:
    directory = bench.directory
    failed = [own for own in runs if own.how != "passed"]
    shown = failed[0] if failed else runs[0]
    files = [own.path for own in sources.walk(directory) if not own.reason]
    raised = _located(shown.raised, directory, files) if shown.raised is not None else None
    traces = _chain(raised)
    trace = traces[0] if traces else None
    likely = causes.together(traces, files) if shown.how == "exception" else []
    rate = round(len(failed) / len(runs), 3)
    always = "" if len(runs) == 1 else f"; failed in {len(failed)} of {len(runs)} runs"
    where = causes.innermost(trace.frames) if trace is not None else None
    place = f" in {where.file}:{where.line}" if where is not None and failed else ""
    tool = ToolRun("witness", "", "ran", "", round(1000 * sum(own.seconds for own in runs), 1))
    findings = [_finding(shown, where, likely, rate)] if failed else []
    lines = bench.lines([where.file] if where is not None and where.own else [])
    return Reproduced(
        status=status_of([tool]),
        summary=f"{shown.said}{place}{always}" + (f"; likely: {likely[0].cause}" if likely else ""),
        findings=fingerprinted(findings, lines),
        tools=[tool],
        notes=[*bench.notes, *_notes(runs)],
        how=shown.how,
        rate=rate,
        runs=dict(Counter(own.said for own in runs)),
        exception=raised,
        causes=likely,
        output=shown.output,
    )


def _located(raised: Raised, directory: Path, files: list[str]) -> Raised:
    """The same with lines of the project around each own frame."""
    trace = debugging.located(Trace(raised.type, raised.message, list(raised.frames)), directory, files, [])
    values = {(own.file, own.line, own.function): own.variables for own in raised.frames}
    frames = [
        Seen(
            **{key: getattr(own, key) for key in Frame.__struct_fields__},
            variables=values.get((own.file, own.line, own.function), {}),
        )
        for own in trace.frames
    ]
    before = _located(raised.before, directory, files) if raised.before is not None else None
    return msgspec.structs.replace(raised, frames=frames, before=before)


def _chain(raised: Raised | None) -> list[Trace]:
    """What was raised, and what it came from; the last one first."""
    found: list[Trace] = []
    while raised is not None and len(found) < 10:
        found.append(Trace(raised.type, raised.message, list(raised.frames)))
        raised = raised.before
    return found


def _finding(run: Run, where: Frame | None, likely: list[Cause], rate: float) -> Finding:
    rules: dict[How, str] = {
        "timeout": "does-not-end",
        "signal": "killed",
        "output": "endless-output",
        "exit": "exit-code",
    }
    flaky = "" if rate == 1 else f" (in {rate:.0%} of the runs)"
    cause = f"; likely: {likely[0].cause}" if likely else ""
    rule = likely[0].rule if likely else rules.get(run.how, "exception")
    here = where is not None and where.own
    return Finding(
        "debug", rule, "high", likely[0].confidence if likely else "high",
        where.file if where is not None and here else "", where.line if where is not None and here else 0,
        f"{run.said}{flaky}{cause}"[:600], fix=likely[0].hint if likely else "",
    )  # fmt: skip


def _notes(runs: list[Run]) -> list[str]:
    notes = ["without network, in a copy of the project"]
    if len(runs) > 1:
        notes.append("the runs shared one copy; each had another PYTHONHASHSEED")
    if len({own.said for own in runs if own.how != "passed"}) > 1:
        notes.append("it does not always fail in the same way; the first failure is shown")
    return notes


FUNCTIONS = (reproduce,)
