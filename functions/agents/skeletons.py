"""The testing agent writes first tests for functions that have none, each of them run before it is given."""

import asyncio
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from functions.agents import gaps, interpreters, reading, testing, trials, workbench
from functions.agents.advice import advised
from functions.agents.interpreters import Interpreter
from functions.agents.testing import Tests
from functions.agents.trials import Trial, Wish
from functions.agents.workbench import LIMITS, Workbench
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun, fingerprinted, ranked, status_of
from functions.ports import Command
from subjects.errors import InvalidInput

PROGRAM = Path(__file__).with_name("drafting.py")
FOLDER = "tests/generated"
EACH = 10.0
"""Seconds for one generated test; values that make a function run for ever are found, too."""
MOST_TEXT = 20_000

State = Literal["passes", "candidate", "skeleton", "broken"]


class Drafts(Tests, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and for what tests are wanted."""

    functions: Annotated[
        list[str],
        Meta(description="file.py::name of functions; where empty, the riskiest that no test runs."),
    ] = field(default_factory=list)
    most: Annotated[int, Meta(ge=1, le=50, description="Functions to write tests for.")] = 10


class _Draft(Struct, frozen=True):
    file: str
    module: str
    function: str
    test: str
    kind: str
    reason: str = ""


class Written(Struct, frozen=True):
    """A test file that was made. `candidate`: it fails, so either it asks too much or it has found a bug."""

    file: str
    target: Annotated[str, Meta(description="file.py::name of the function that it is about.")]
    state: State
    text: str
    reason: Annotated[str, Meta(description="Why it fails, or is no more than a skeleton.")] = ""


class Drafted(Report, frozen=True, kw_only=True):
    """Test files, each of which was run."""

    tests: list[Written] = field(default_factory=list)


@function("testing.skeletons", timeout=2000, max_attempts=2)
async def skeletons(input: Drafts, ctx: Context) -> Drafted:
    """Write first tests for functions that no test runs (hypothesis where types allow), each of them run."""
    python = await interpreters.chosen(input.python, ctx)
    directory = await ctx.projects.directory(input.path, input.archive)
    wish = Wish(testing.checked(input.paths), input.keyword, input.seconds)
    async with workbench.opened(directory) as bench:
        tools: list[ToolRun] = []
        targets = [_named(own, bench) for own in input.functions]
        if not targets:
            trial = await trials.run(ctx, bench, python, wish)
            tools += [testing.judged(trial, wish, bench).tool, testing.measured(trial)]
            found = gaps.of(trial.measured) if trial.measured is not None else []
            targets = [(own.file, own.function) for own in found if own.covered == 0]
        ctx.progress(0.4, f"{len(targets)} functions without a test")
        drafts, tool = await _drafted(ctx, bench, python, targets[: input.most], input.seconds)
        tools.append(tool)
        files = [own.test for own in drafts]
        again = Wish(files, seconds=min(input.seconds, 30 + EACH * len(drafts)), each=EACH, coverage=False)
        ran = await trials.run(ctx, bench, python, again) if drafts else Trial()
        if drafts:
            proof = testing.judged(ran, again, bench).tool
            tools.append(msgspec.structs.replace(proof, name="pytest on drafts"))
        tests = await asyncio.to_thread(lambda: [_written(own, ran, bench) for own in drafts])
        lines = bench.lines(own.file for own in drafts)
    findings = [_finding(own) for own in tests if own.state == "candidate"]
    counts = {
        state: sum(own.state == state for own in tests)
        for state in ("passes", "candidate", "skeleton", "broken")
    }
    answer = Drafted(
        status=status_of(tools),
        summary=", ".join(f"{count} {state}" for state, count in counts.items() if count)
        or "nothing to write a test for",
        findings=ranked(fingerprinted(findings, lines)),
        tools=tools,
        metrics=dict(counts),
        notes=[
            *bench.notes,
            *(f"{own.name} {own.status}: {own.reason}" for own in tools if own.status != "ran"),
        ],
        artifacts=[await ctx.artifacts.put(own.file, own.text.encode(), "text/x-python") for own in tests],
        tests=tests,
    )
    return await advised(ctx, answer, "First tests were written for it, and run.", input.model)


def _named(text: str, bench: Workbench) -> tuple[str, str]:
    file, _, name = text.partition("::")
    (path,) = testing.checked([file])
    if not name or not path.endswith(".py") or not (bench.directory / path).is_file():
        raise InvalidInput(f"{text[:120]!r} is no function of the project: file.py::name")
    return path, name


def module_of(file: str, package: str = "") -> str:
    """The name by which a project's file is imported; `package` is the project's where it is one itself.

    >>> module_of("src/shop/__init__.py"), module_of("shop/stock.py"), module_of("stock.py", "shop")
    ('shop', 'shop.stock', 'shop.stock')
    """
    parts = [*([package] if package else []), *PurePosixPath(file).with_suffix("").parts]
    if len(parts) > 1 and parts[0] in ("src", "lib"):
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


async def _drafted(
    ctx: Context, bench: Workbench, python: Interpreter, targets: list[tuple[str, str]], seconds: float
) -> tuple[list[_Draft], ToolRun]:
    version = reading.installed("hypothesis")
    if not targets:
        return [], ToolRun("drafting", version or "", "skipped", "no function is without a test")
    package = bench.directory.name if trials.roots(bench.directory) == [bench.directory.parent] else ""
    rows = [{"file": file, "module": module_of(file, package), "function": name} for file, name in targets]
    command = Command(
        [python.path, "-c", PROGRAM.read_text("utf-8")], python.reads, bench.directory,
        msgspec.json.encode({"targets": rows, "folder": FOLDER}),
        trials.environment(bench.directory),
        foreign=True, limits=msgspec.structs.replace(LIMITS, seconds=min(seconds, 120.0)),
    )  # fmt: skip
    ran = await reading.run(ctx, "drafting", version or "", command)
    if ran.tool.status != "ran":
        return [], ran.tool
    data = await asyncio.to_thread(bench.made, ".revo/drafts.json", 1 << 20)
    try:
        drafts = msgspec.json.decode(data, type=list[_Draft])
    except msgspec.DecodeError as error:
        return [], msgspec.structs.replace(
            ran.tool, status="failed", reason=f"its output cannot be read: {error}"
        )
    absent = next((own.reason for own in drafts if "not installed" in own.reason), "")
    tool = (
        msgspec.structs.replace(ran.tool, name="hypothesis", status="missing", reason=absent)
        if absent
        else ran.tool
    )
    return [own for own in drafts if own.test.startswith(f"{FOLDER}/") and ".." not in own.test], tool


def _written(own: _Draft, ran: Trial, bench: Workbench) -> Written:
    """A draft with what its run said of it."""
    text = bench.made(own.test, MOST_TEXT).decode("utf-8", "replace")
    failure = next((bad for bad in ran.failures if bad.test.partition("::")[0] == own.test), None)
    state: State = "passes" if own.kind == "property" else "skeleton"
    reason = own.reason
    if failure is not None:
        own_fault = failure.kind == "collection" or failure.message.startswith("hypothesis.errors.")
        state = "broken" if own_fault else "candidate"
        reason = failure.message[:1000]
    elif not any(test.startswith(f"{own.test}::") for test in ran.seconds):
        state, reason = "broken", "it was not run"
    return Written(own.test, f"{own.file}::{own.function}", state, text, reason)


def _finding(own: Written) -> Finding:
    file, _, name = own.target.partition("::")
    first = own.reason.partition("\n")[0][:200]
    return Finding(
        "hypothesis", "candidate-bug", "medium", "low", file, 0,
        f"{name} raises for values that its annotations allow: {first}",
        fix=f"see {own.file}: the function or its annotations may be wrong, or the test asks too much",
    )  # fmt: skip


FUNCTIONS = (skeletons,)
