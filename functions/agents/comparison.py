"""The performance optimizer's comparison: is it faster after a change, and how sure is that."""

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from functions.agents import reading, revisions, speed, workbench
from functions.agents.revisions import Version
from functions.agents.speed import NOISY, Speed
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, Severity, ToolRun
from functions.ports import Command
from functions.sources import Target
from subjects.errors import InvalidInput

PROGRAM = Path(__file__).with_name("interleaved.py")
_TEMPORARY = Path(tempfile.gettempdir()).resolve()

Words = Annotated[list[Annotated[str, Meta(max_length=10_000)]], Meta(min_length=1, max_length=100)]
Patch = Annotated[str, Meta(max_length=1 << 20, description="A unified diff, for the new state.")]


class Change(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command, and what is different the second time: the project's state, a patch, or the command."""

    command: Annotated[Words, Meta(description='Words, for example ["python", "bench.py"]; no shell.')]
    before: Annotated[Version | None, Meta(description="The old state; without it, the project itself.")] = (
        None
    )
    after: Annotated[Version | None, Meta(description="The new state; without it, the project itself.")] = (
        None
    )
    patch: Patch | None = None
    after_command: Words | None = None
    runs: Annotated[int, Meta(ge=1, le=500)] = 15
    warmup: Annotated[int, Meta(ge=0, le=50)] = 1
    seconds: Annotated[float, Meta(ge=1, le=1800, description="No new pair of runs begins after that.")] = (
        120.0
    )
    least: Annotated[float, Meta(ge=0, le=1, description="A smaller change is not called one.")] = 0.02
    confidence: Annotated[float, Meta(ge=0.5, le=0.999)] = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        if all(own is None for own in (self.before, self.after, self.patch, self.after_command)):
            raise ValueError("say what is different: before, after, patch or after_command")


class Times(Struct, frozen=True):
    """The answer of the program `interleaved.py`."""

    before: list[tuple[float, float, int]] = []
    after: list[tuple[float, float, int]] = []
    failed: str = ""
    stopped: bool = False


@function("performance_optimizer.compare", timeout=2100, max_attempts=2)
async def compare(input: Change, ctx: Context) -> Report:
    """Time a command before and after a change, by turns, in the sandbox; say whether it is faster.

    The interval is that of the ratio of medians; what lies within the noise is called no difference.
    """
    async with _pair(ctx, input) as (place, notes, patched):
        if patched is not None and patched.status != "ran":
            return Report("failed", "the patch does not apply", [], [patched], {}, [patched.reason])
        question = {
            "before": input.command, "after": input.after_command or input.command, "runs": input.runs,
            "warmup": input.warmup, "seconds": input.seconds, "seed": 1,
        }  # fmt: skip
        limits = msgspec.structs.replace(workbench.LIMITS, seconds=1.2 * input.seconds + 60)
        command = Command(
            [sys.executable, "-I", str(PROGRAM)], (PROGRAM.parent,), place, msgspec.json.encode(question),
            foreign=True, limits=limits,
        )  # fmt: skip
        ran = await reading.run(ctx, "interleaved", "1", command)
    tools = [tool for tool in (patched, ran.tool) if tool is not None]
    times = _read(ran)
    if times.failed or len(times.before) < 1:
        reason = times.failed or ran.tool.reason or "no pair of runs ended in time"
        failed = msgspec.structs.replace(ran.tool, status="failed", reason=reason)
        return Report("failed", "the command failed", [], [*tools[:-1], failed], {}, [*notes, reason])
    found = await asyncio.to_thread(speed.compared, times.before, times.after, input.least, input.confidence)
    return Report(
        "ok",
        _summary(found),
        _findings(found),
        tools,
        msgspec.to_builtins(found),
        [*notes, *_doubts(input, times, found)],
    )


@contextlib.asynccontextmanager
async def _pair(ctx: Context, input: Change) -> AsyncIterator[tuple[Path, list[str], ToolRun | None]]:
    """One directory with the folders `before` and `after`, the patch applied, and what was not copied."""
    place = Path(await asyncio.to_thread(tempfile.mkdtemp, "", "revo-pair-", _TEMPORARY))
    try:
        await asyncio.to_thread(place.chmod, 0o755)
        states = await asyncio.to_thread(_folder, place / "states")
        pair = await asyncio.to_thread(_folder, place / "pair")
        notes: list[str] = []
        for name, version in (("before", input.before), ("after", input.after)):
            directory = await ctx.projects.directory(input.path, input.archive)
            if version is not None:
                directory = await revisions.materialised(ctx, input, version, states / name)
            async with workbench.opened(directory) as bench:
                await asyncio.to_thread(shutil.move, bench.directory, pair / name)
                notes += [note for note in bench.notes if note not in notes]
        patched = None if input.patch is None else await _patched(ctx, input.patch, pair / "after")
        yield pair, notes, patched
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, place, ignore_errors=True))


def _folder(place: Path) -> Path:
    place.mkdir()
    return place


async def _patched(ctx: Context, patch: str, directory: Path) -> ToolRun:
    """Whether the patch could be applied; git takes none that leads out of the directory."""
    if "\0" in patch:
        raise InvalidInput("a patch is text")
    command = Command(
        ["git", "apply", "--whitespace=nowarn", "-"], (), directory, patch.encode(),
        {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}, foreign=True,
    )  # fmt: skip
    return (await reading.run(ctx, "git apply", "", command)).tool


def _read(ran: reading.Ran) -> Times:
    if ran.tool.status != "ran":
        return Times()
    try:
        return msgspec.json.decode(ran.output, type=Times)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Times(failed="the answer cannot be read")


def _summary(found: Speed) -> str:
    said = f"{found.verdict}: {found.ratio:.2f} times the time (from {found.low:.2f} to {found.high:.2f} at "
    said += f"{100 * found.confidence:g} %)"
    return (
        f"{said}, median {found.before.median_seconds:.4g} s before, {found.after.median_seconds:.4g} s after"
    )


def _findings(found: Speed) -> list[Finding]:
    if found.verdict != "slower":
        return []
    message = f"slower by {100 * (found.ratio - 1):.0f} % (at least {100 * (found.low - 1):.0f} %)"
    severity: Severity = "medium" if found.low > 1.2 else "low"
    return [Finding("interleaved", "slower", severity, "high", "", 0, message, fix="profile both states")]


def _doubts(input: Change, times: Times, found: Speed) -> list[str]:
    notes = [f"times include the start of the program; {found.before.runs} pairs of runs were measured"]
    if found.before.runs < 5:
        notes.append("fewer than 5 pairs: no verdict is given")
    if times.stopped:
        notes.append(f"stopped after {input.seconds:g} s, before all runs were made")
    worst = max(found.before.scatter, found.after.scatter)
    if worst > NOISY:
        notes.append(f"noisy: the runs scatter by {100 * worst:.0f} % of their median")
    return notes


FUNCTIONS = (compare,)
