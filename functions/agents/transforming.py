"""The code generator's transformations: one change over many files, as a diff, with its proof."""

import asyncio
import difflib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from functions.agents import checked, reading, workbench
from functions.agents.checked import Checked
from functions.agents.reading import Project, Reading
from functions.agents.workbench import Workbench
from functions.api import function
from functions.context import Context
from functions.findings import Report, ToolRun, status_of
from functions.ports import Command, Limits

PROGRAM = Path(__file__).with_name("codemods.py")
LIMITS = Limits(seconds=280, memory=2 << 30)
MOST_FILES = 200
"""Changed files that are stored one by one; above it there is the diff."""
MOST_DIFF = 100_000
"""Characters of a diff in the answer; the artifact has all of it."""

Dotted = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", max_length=300)]
Rule = Annotated[str, Meta(pattern=r"^[A-Z]{1,6}[0-9]{0,4}$")]
_FAULTS = "E9,F63,F7,F82"
"""What no change may bring in: syntax, and names that are not there."""


class Rename(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="rename"):
    """A top-level name, given as package.module.name, gets another name; uses and imports follow."""

    old: Dotted
    new: Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*$", max_length=100)]


class ReplaceCall(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="replace_call"):
    """Calls of one full name become calls of another, with the same arguments."""

    old: Dotted
    new: Dotted


class PrintToLogging(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="print_to_logging"
):
    """`print(...)` becomes `logger.info(...)`."""


class DocstringStubs(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="docstring_stubs"
):
    """Public functions and classes without a docstring get a first line that says TODO."""


class OptionalToUnion(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="optional_to_union"
):
    """`Optional[X]` and `Union[X, Y]` become `X | None` and `X | Y` (ruff UP007, UP045)."""


class ToFstrings(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="to_fstrings"):
    """`%` and `.format` become f-strings where that means the same (ruff UP031, UP032)."""


class UnusedImports(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="unused_imports"):
    """Imports that nobody uses are removed, except in `__init__.py` (ruff F401)."""


class Ruff(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="ruff"):
    """The fixes of some rules of ruff."""

    rules: Annotated[list[Rule], Meta(min_length=1, max_length=50)]
    unsafe: Annotated[bool, Meta(description="Also fixes that may change what the code means.")] = False


Step = (
    Rename
    | ReplaceCall
    | PrintToLogging
    | DocstringStubs
    | OptionalToUnion
    | ToFstrings
    | UnusedImports
    | Ruff
)
_LIBCST = Rename | ReplaceCall | PrintToLogging | DocstringStubs


class Transformation(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files to change, and how: the steps one after the other."""

    steps: Annotated[list[Step], Meta(min_length=1, max_length=20)]
    tests: Annotated[bool, Meta(description="Run the project's tests before and after.")] = False
    test_args: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=50)] = ()


class Transformed(Report, frozen=True):
    """The change, as a unified diff for `git apply` or `patch -p1`; nothing was written to the project."""

    diff: str = ""
    changed: tuple[str, ...] = ()


@function("code_generator.transform", timeout=1200)
async def transform(input: Transformation, ctx: Context) -> Transformed:
    """Change code by rules (libcst, ruff); give the diff and the changed files, never write to the project.

    `ok` only where every changed file still compiles, ruff finds no new fault and, where `tests` is set, the
    project's tests pass before and after.
    """
    project = await reading.opened(input, ctx)
    names = [name for name in project.sources.names if name.endswith(".py")]
    async with workbench.opened(project.directory) as bench:
        before = await asyncio.to_thread(_texts, bench.directory, names)
        names = sorted(before)
        faults = await checked.verified(ctx, bench.directory, names, _FAULTS) if names else Checked([])
        tools, notes = await _changed(ctx, bench, input.steps, names)
        after = await asyncio.to_thread(_texts, bench.directory, names)
        changed = {name: after[name] for name in names if name in after and after[name] != before[name]}
        proof = await checked.verified(ctx, bench.directory, sorted(changed), _FAULTS)
        proof = _new(proof, faults, changed)
        tests = await _tests(input, ctx, project, bench) if input.tests and changed else []
    tools = [*tools, *proof.tools, *tests]
    diff = await asyncio.to_thread(diff_of, before, changed)
    artifacts = await checked.kept(ctx, changed if len(changed) <= MOST_FILES else {})
    if diff:
        artifacts.insert(0, await ctx.artifacts.put("change.diff", diff.encode(), "text/x-diff"))
    notes += [f"{tool.name} {tool.status}: {tool.reason}" for tool in tools if tool.status != "ran"]
    if len(diff) > MOST_DIFF:
        notes.append("the diff is too long for the answer; it is the artifact change.diff")
    return Transformed(
        status_of(tools), f"{len(changed)} of {len(names)} files changed", proof.findings, tools,
        {"files": len(names), "changed": len(changed)}, [*project.sources.notes(), *bench.notes, *notes],
        artifacts,
        diff=diff if len(diff) <= MOST_DIFF else "", changed=tuple(sorted(changed))[:1000],
    )  # fmt: skip


async def _changed(
    ctx: Context, bench: Workbench, steps: Sequence[Step], names: list[str]
) -> tuple[list[ToolRun], list[str]]:
    """Every step over every file of the copy, in order."""
    tools: list[ToolRun] = []
    notes: list[str] = []
    if not names:
        return tools, ["no Python files"]
    for step in steps:
        if isinstance(step, _LIBCST):
            tool, said = await _libcst(ctx, bench.directory, step, names)
            tools.append(tool)
            notes += said
        else:
            tools.append(await _ruff(ctx, bench.directory, step, names))
    return tools, notes


async def _libcst(ctx: Context, place: Path, step: Step, names: list[str]) -> tuple[ToolRun, list[str]]:
    version = reading.installed("libcst")
    if version is None:
        return reading.missing("libcst").tool, []
    question = msgspec.json.encode({"steps": [step], "files": names})
    command = Command([sys.executable, "-I", str(PROGRAM)], (PROGRAM.parent,), place, question, limits=LIMITS)
    ran = await reading.run(ctx, "libcst", version, command)
    if ran.tool.status != "ran":
        return ran.tool, []
    failed: dict[str, str] = msgspec.json.decode(ran.output)["failed"]
    notes = [f"left as it was, {name}: {reason}" for name, reason in sorted(failed.items())[:20]]
    return ran.tool, notes


async def _ruff(ctx: Context, place: Path, step: Step, names: list[str]) -> ToolRun:
    match step:
        case OptionalToUnion():
            rules, unsafe = ["UP007", "UP045"], False
        case ToFstrings():
            rules, unsafe = ["UP031", "UP032"], True
        case UnusedImports():
            rules, unsafe, names = (
                ["F401"],
                False,
                [name for name in names if not name.endswith("__init__.py")],
            )
        case Ruff():
            rules, unsafe = step.rules, step.unsafe
        case _:
            raise TypeError(f"{step} is no step of ruff")
    if not names:
        return ToolRun("ruff fix", "", "skipped", "no files")
    words = ["check", "--fix-only", "--isolated", "--target-version", "py311", "--select", ",".join(rules)]
    ran = await checked.ruff(
        ctx, "ruff fix", place, [*words, *(["--unsafe-fixes"] if unsafe else []), *names]
    )
    return ran.tool


async def _tests(input: Transformation, ctx: Context, project: Project, bench: Workbench) -> list[ToolRun]:
    """The project's tests on an untouched copy and on the changed one."""
    async with workbench.opened(project.directory) as fresh:
        before = await checked.proved(ctx, fresh.directory, input.test_args, "tests before")
    after = await checked.proved(ctx, bench.directory, input.test_args, "tests after")
    return [before, after]


def _new(proof: Checked, before: Checked, changed: Mapping[str, bytes]) -> Checked:
    """Only what the change brought in: a fault that was there stays somebody else's."""
    known = Counter((own.file, own.rule, own.message) for own in before.findings)
    found = []
    for finding in proof.findings:
        key = (finding.file, finding.rule, finding.message)
        if known[key]:
            known[key] -= 1
        elif finding.file in changed:
            found.append(finding)
    tools = [
        replace(tool, status="ran", reason="")
        if tool.name == "ruff check" and not found and tool.status == "failed"
        else tool
        for tool in proof.tools
    ]
    return Checked(tools, found)


def _texts(place: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The files' bytes; what was changed into something else than a file has none."""
    found = ((name, checked.contents(place, name)) for name in names)
    return {name: data for name, data in found if data is not None}


def diff_of(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    r"""A unified diff, with a/ and b/ before the paths.

    >>> print(diff_of({"a.py": b"x = 1\n"}, {"a.py": b"x = 2\n"}), end="")
    --- a/a.py
    +++ b/a.py
    @@ -1 +1 @@
    -x = 1
    +x = 2
    """
    lines: list[str] = []
    for name, data in sorted(after.items()):
        old = before.get(name, b"").decode("utf-8", "surrogateescape").splitlines(keepends=True)
        new = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
        lines += [
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
        ]
    return "".join(lines).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


FUNCTIONS = (transform,)
