"""The debug agent finds the commit that broke something, halving the history from a good one to a bad one."""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from functions.agents import interpreters, testing, workbench
from functions.agents.interpreters import Interpreter
from functions.agents.workbench import LIMITS, Workbench
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, Status, ToolRun
from functions.ports import Command, Outcome
from functions.sources import Target
from subjects.errors import InvalidInput, NotFound

MOST_STEPS = 30
"""Enough for a thousand million commits; more is only met with many that cannot be tested."""
MOST_SHOWN = 4000
SKIP = 125
_SHA = re.compile(r"^([0-9a-f]{40}) is the first bad commit", re.MULTILINE)
_SAFE = {
    "safe.directory": "*", "core.hooksPath": "/dev/null", "protocol.ext.allow": "never",
    "core.fsmonitor": "false", "submodule.recurse": "false", "advice.detachedHead": "false",
    "core.pager": "cat",
}  # fmt: skip

Verdict = Literal["good", "bad", "skip"]


class Range(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The repository, a good and a bad commit, and what tells them apart: `test` or `command`."""

    good: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./~^-]{0,99}$", description="A commit that is fine.")
    ]
    bad: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./~^-]{0,99}$")] = "HEAD"
    test: Annotated[str, Meta(description="A test, as tests/test_a.py::test_b.")] = ""
    command: Annotated[
        list[str], Meta(description="Exit code 0 is good, 125 cannot be tested, others up to 127 are bad.")
    ] = field(default_factory=list)
    seconds: Annotated[
        float, Meta(gt=0, le=300, description="For one commit; one that takes longer is skipped.")
    ] = 60.0
    python: Annotated[str, Meta(description="bin/python of an environment below an allowed root.")] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.test) == bool(self.command):
            raise ValueError("give either test or command")


class Step(Struct, frozen=True):
    """One commit that was tried."""

    commit: str
    subject: str
    verdict: Verdict
    code: int | None
    seconds: float


class Bisected(Report, frozen=True, kw_only=True):
    """The first bad commit, or why it is not known."""

    commit: Annotated[str, Meta(description="Empty where it was not found.")] = ""
    shown: Annotated[str, Meta(description="Author, date, message, and the files that it changed.")] = ""
    steps: list[Step] = field(default_factory=list)
    suspects: Annotated[list[str], Meta(description="Where commits were skipped: it is one of these.")] = (
        field(default_factory=list)
    )


class _Lab(Struct, frozen=True):
    """The clone, and what is run in it."""

    ctx: Context
    bench: Workbench
    python: Interpreter
    wish: Range

    async def git(self, *words: str, reads: tuple[Path, ...] = ()) -> Outcome:
        """One git command, without hooks, configuration of the machine, or helpers."""
        return await self.run(["git", *words], _environment(), reads, 120.0)

    async def run(
        self, argv: list[str], environment: dict[str, str], reads: tuple[Path, ...], seconds: float
    ) -> Outcome:
        """A program in the clone."""
        limits = msgspec.structs.replace(LIMITS, seconds=seconds)
        command = Command(
            argv, reads, self.bench.directory, environment=environment, foreign=True, limits=limits
        )
        return await self.ctx.sandbox.run(command)


@function("debug.bisect", timeout=3000, max_attempts=2)
async def bisect(input: Range, ctx: Context) -> Bisected:
    """Find the first bad commit between a good and a bad one, by a test or command, in a clone."""
    python = await interpreters.chosen(input.python, ctx)
    directory = await ctx.projects.directory(input.path, input.archive)
    await asyncio.to_thread(_repository, directory)
    if shutil.which("git") is None:
        tool = ToolRun("git", "", "missing", "not installed: apt install git")
        return Bisected(status="failed", summary="git is not installed", tools=[tool])
    async with workbench.empty(directory.name) as bench:
        lab = _Lab(ctx, bench, python, input)
        good, bad = await _cloned(lab, directory)
        return await _searched(lab, good, bad)


def _repository(directory: Path) -> None:
    git = directory / ".git"
    if git.is_symlink() or git.is_file():
        raise InvalidInput(
            "this is a work tree of a repository that lies elsewhere: give the path of that one"
        )
    if not git.is_dir():
        raise NotFound(
            "there is no git repository here (an uploaded archive has none): bisect needs its history"
        )


async def _cloned(lab: _Lab, directory: Path) -> tuple[str, str]:
    """The full names of the good and the bad commit."""
    words = [
        "clone",
        "--quiet",
        "--no-hardlinks",
        "--no-recurse-submodules",
        "--no-checkout",
        str(directory),
        ".",
    ]
    outcome = await lab.git(*words, reads=(directory,))
    if outcome.code != 0:
        raise InvalidInput(f"the repository cannot be cloned: {_said(outcome)}")
    # A clone has the heads of the other one only as origin/...; both names are to mean the same.
    await lab.git(
        "fetch", "--quiet", "--no-recurse-submodules", "origin", "+refs/*:refs/*", reads=(directory,)
    )
    return await _commit(lab, lab.wish.good), await _commit(lab, lab.wish.bad)


async def _commit(lab: _Lab, name: str) -> str:
    found = await lab.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if found.code != 0:
        raise InvalidInput(f"there is no commit {name!r}")
    return found.stdout.decode().strip()


async def _searched(lab: _Lab, good: str, bad: str) -> Bisected:
    steps: list[Step] = []
    for name, commit, expected in ((lab.wish.good, good, "good"), (lab.wish.bad, bad, "bad")):
        step = await _tried(lab, commit)
        steps.append(step)
        if step.verdict != expected:
            summary = f"{name} is {step.verdict}, not {expected}: there is nothing to search"
            return _ended("failed", summary, steps, f"{name} was {step.verdict} (exit code {step.code})")
    start = await lab.git("bisect", "start", "--no-checkout", bad, good)
    said = _said(start)
    while start.code == 0 and not _over(said) and len(steps) < MOST_STEPS + 2:
        step = await _tried(lab, "BISECT_HEAD")
        steps.append(step)
        lab.ctx.progress(min(0.95, len(steps) / 12), f"{step.commit[:10]} is {step.verdict}: {step.subject}")
        said = _said(await lab.git("bisect", step.verdict))
    first = _SHA.search(said)
    if first is None:
        suspects = re.findall(r"^[0-9a-f]{40}$", said, re.MULTILINE)
        return _ended("partial", f"one of {len(suspects)} commits; the others could not be tested", steps,
                      said[-300:], suspects)  # fmt: skip
    shown = _said(
        await lab.git("show", "--stat=100", "--no-color", "--format=%h %an %ad%n%B", "--date=short", first[1])
    )
    subject = shown.partition("\n")[2].strip().partition("\n")[0]
    finding = Finding(
        "git", "first-bad-commit", "high", "high", "", 0, f"{first[1][:10]} broke it: {subject}"[:300]
    )
    tool = ToolRun("git", "", "ran", "", round(1000 * sum(own.seconds for own in steps), 1))
    return Bisected(
        status="ok",
        summary=f"{first[1][:10]} is the first bad commit, after {len(steps)} runs: {subject}"[:300],
        findings=[finding], tools=[tool], commit=first[1], shown=shown[:MOST_SHOWN], steps=steps,
    )  # fmt: skip


def _over(said: str) -> bool:
    """Whether git has nothing more to try."""
    return _SHA.search(said) is not None or "first bad commit could be any of" in said


def _ended(
    status: Status, summary: str, steps: list[Step], reason: str, suspects: list[str] | None = None
) -> Bisected:
    tool = ToolRun("git", "", "unknown", reason)
    return Bisected(status=status, summary=summary, tools=[tool], steps=steps, suspects=suspects or [])


async def _tried(lab: _Lab, name: str) -> Step:
    """What the test or command says of one commit."""
    await lab.git("clean", "-ffdxq")
    switched = await lab.git("checkout", "--quiet", "--force", "--detach", name)
    shown = await lab.git("log", "-1", "--format=%H %s", name)
    named = shown.stdout.decode("utf-8", "replace").strip().partition(" ")
    if switched.code != 0:
        return Step(named[0], named[2][:120], "skip", switched.code, 0.0)
    environment = {"PYTHONPATH": f"{lab.bench.directory}:{lab.bench.directory / 'src'}"}
    outcome = await lab.run(_words(lab), environment, lab.python.reads, lab.wish.seconds)
    return Step(
        named[0],
        named[2][:120],
        verdict(outcome, bool(lab.wish.test)),
        outcome.code,
        round(outcome.seconds, 3),
    )


def _words(lab: _Lab) -> list[str]:
    if lab.wish.command:
        first, *rest = lab.wish.command
        return [lab.python.path if first in ("python", "python3") else first, *rest]
    (test,) = testing.checked([lab.wish.test])
    options = ["-q", "-x", "-p", "no:cacheprovider", *lab.python.without, "--rootdir", "."]
    return [lab.python.path, "-m", "pytest", *options, test]


def verdict(outcome: Outcome, is_test: bool) -> Verdict:  # noqa: FBT001 - one of two readings of an exit code
    """What an exit code says. A test that is not there, or a run without end, says nothing of the commit."""
    if outcome.stopped or outcome.code is None or outcome.code == SKIP or outcome.code > 127:
        return "skip"
    if outcome.code == 0:
        return "good"
    return "skip" if is_test and outcome.code > 1 else "bad"


def _environment() -> dict[str, str]:
    settings = {f"GIT_CONFIG_KEY_{place}": key for place, key in enumerate(_SAFE)}
    settings |= {f"GIT_CONFIG_VALUE_{place}": value for place, value in enumerate(_SAFE.values())}
    plain = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
    }
    return {**plain, **settings, "GIT_CONFIG_COUNT": str(len(_SAFE))}


def _said(outcome: Outcome) -> str:
    return (outcome.stdout + outcome.stderr).decode("utf-8", "replace").strip()


FUNCTIONS = (bisect,)
