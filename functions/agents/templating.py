"""The code generator's templates: files out of a template and answers, checked before they are given back."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from functions.agents import checked, reading, workbench
from functions.api import function
from functions.context import Context
from functions.findings import Report, ToolRun, status_of
from functions.ports import Command, Limits
from functions.sources import is_test
from subjects.errors import InvalidInput

PROGRAM = Path(__file__).with_name("templated.py")
OURS = Path(__file__).with_name("templates")
LIMITS = Limits(seconds=60, memory=2 << 30, file_size=16 << 20)
_TEMPORARY = Path(tempfile.gettempdir()).resolve()
_RULES = "E9,F63,F7,F82"

Answer = str | int | float | bool | list[str] | None


class Template(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which template, and the answers to its questions. One of builtin, path and archive."""

    builtin: Annotated[
        Literal["function", "package"] | None,
        Meta(description="A function for revoagent with its test, or a Python package."),
    ] = None
    path: Annotated[str | None, Meta(description="A copier template below one of the allowed roots.")] = None
    archive: Annotated[str | None, Meta(description="projects/<sha256>.")] = None
    answers: Annotated[
        dict[str, Answer], Meta(description="A question without an answer takes its default.")
    ] = msgspec.field(default_factory=dict)
    tests: Annotated[bool, Meta(description="Run the tests that the template makes.")] = True

    def __post_init__(self) -> None:
        if sum(own is not None for own in (self.builtin, self.path, self.archive)) != 1:
            raise ValueError("give one of builtin, path and archive")


class _Made(Struct, frozen=True):
    error: str
    kind: str
    questions: list[str]


@function("code_generator.from_template", timeout=400)
async def from_template(input: Template, ctx: Context) -> Report:
    """Write out a template (copier); check its Python files, and run its tests in the sandbox.

    Templates that want to run something (tasks, Jinja extensions) or to write elsewhere are
    refused.
    """
    version = reading.installed("copier")
    if version is None:
        return Report("failed", "nothing was generated", [], [reading.missing("copier").tool])
    with tempfile.TemporaryDirectory(
        prefix="revo-template-", dir=_TEMPORARY, ignore_cleanup_errors=True
    ) as folder:
        place = Path(folder)
        await asyncio.to_thread(place.chmod, 0o755)
        if input.builtin is not None:
            return await _generated(input, ctx, OURS / input.builtin, place, version)
        directory = await ctx.projects.directory(input.path, input.archive)
        # A copy: copier treats a git repository as one, and would ask git about it.
        async with workbench.opened(directory) as bench:
            return await _generated(input, ctx, bench.directory, place, version)


async def _generated(input: Template, ctx: Context, template: Path, place: Path, version: str) -> Report:
    question = msgspec.json.encode({"template": str(template), "answers": input.answers})
    command = Command(
        [sys.executable, "-I", str(PROGRAM)], (PROGRAM.parent, template), place, question,
        {"PYTHONDONTWRITEBYTECODE": "1"}, foreign=True, limits=LIMITS,
    )  # fmt: skip
    ran = await reading.run(ctx, "copier", version, command)
    if ran.tool.status != "ran":
        return Report("failed", "nothing was generated", [], [ran.tool], {}, [ran.tool.reason])
    _refused(_answer(ran.output), input)
    out = place / "out"
    files = await asyncio.to_thread(checked.collected, out)
    names = sorted(name for name in files if name.endswith(".py"))
    proof = await checked.verified(ctx, out, names, _RULES)
    tools: list[ToolRun] = [ran.tool, *proof.tools]
    if input.tests:
        tests = [name for name in names if is_test(name)]
        own = await checked.proved(ctx, out, tests) if tests else _skipped("the template makes no tests")
        tools.append(own)
    status = status_of(tools) if files else "failed"
    notes = [
        f"{tool.name} {tool.status}: {tool.reason}" for tool in tools if tool.status not in ("ran", "skipped")
    ]
    return Report(
        status, f"{len(files)} files from {input.builtin or template.name}", proof.findings, tools,
        {"files": sorted(files)}, notes if files else [*notes, "the template makes no files"],
        await checked.kept(ctx, files),
    )  # fmt: skip


def _answer(output: bytes) -> _Made:
    try:
        return msgspec.json.decode(output, type=_Made)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Made("it ended before an answer was written", "NoAnswer", [])


def _refused(made: _Made, input: Template) -> None:
    """InvalidInput for a template that is refused, and for answers that fit none of its questions."""
    if made.kind == "UnsafeTemplateError":
        raise InvalidInput(f"the template wants to run something, which is refused: {made.error}")
    if made.error:
        raise InvalidInput(f"the template cannot be written out ({made.kind}): {made.error}")
    unknown = sorted(input.answers.keys() - set(made.questions))
    if unknown:
        known = ", ".join(made.questions) or "none"
        raise InvalidInput(f"the template does not ask for {', '.join(unknown)}; its questions: {known}")


def _skipped(reason: str) -> ToolRun:
    return ToolRun("pytest", "", "skipped", reason)


FUNCTIONS = (from_template,)
