"""The code generator writes a module that somebody describes: a model drafts it, and the tools decide.

What does not pass ruff, the compiler and the tests is not handed over.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from functions.agents import checked, quoting
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun
from functions.ports import ModelUse, Prompt, Turn
from subjects.errors import ModelFailed, NoModel

ATTEMPTS = 2
MOST_CODE = 60_000
MOST_WHY = 1000
MOST_WRONG = 2000
_TEMPORARY = Path(tempfile.gettempdir()).resolve()

SYSTEM = """You write one Python module, {name}.py, for Python 3.11, with the standard library only, and a
pytest file for it. Type every parameter, say in one line of docstring what a caller gets. Read no network and
no files but those that the module is about. The tests import the module by its name. In `why`, say in a few
words what you chose."""

Code = Annotated[str, Meta(min_length=1, max_length=MOST_CODE)]


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the module is to do, and by what it is to be judged."""

    instructions: Annotated[str, Meta(min_length=1, max_length=10_000)]
    module: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,62}$", description="Its name.")]
    tests: Annotated[
        str, Meta(max_length=MOST_CODE, description="A pytest file that it must pass; else the model's own.")
    ] = ""
    model: Annotated[str, Meta(max_length=200, description="auto, or a configured model.")] = "auto"


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model wrote."""

    code: Code
    tests: Code
    why: str


class Tried(Struct, frozen=True):
    """A draft after its checks. `wrong` is empty where it has passed all of them."""

    files: dict[str, bytes] = {}
    tools: list[ToolRun] = []
    findings: list[Finding] = []
    wrong: str = ""


@function("code_generator.write", timeout=1200, max_attempts=2)
async def write(input: Wish, ctx: Context) -> Report:
    """Write a Python module from a description: a model drafts, and it counts only once it has passed.

    Passed: it compiles, ruff has nothing to say, and the tests pass in the sandbox. `ok` where these are the
    caller's tests, `partial` where they are the model's own. Needs a model.
    """
    if input.model == "off" or not ctx.model.available:
        raise NoModel("writing needs a language model; `code_generator.from_schema` and the others need none")
    use: ModelUse | None = None
    tried, why, notes = Tried(wrong="nothing was drafted"), "", list[str]()
    for number in range(1, ATTEMPTS + 1):
        ctx.progress(number / (ATTEMPTS + 1), f"draft {number}")
        try:
            draft, reply = await ctx.model.fill(_prompt(input, tried, number), Draft)
        except ModelFailed as error:
            notes.append(f"draft {number}: {error.message[:300]}")
            break
        use = reply.use if use is None else use.plus(reply.use)
        tried, why = await _tried(input, ctx, draft), quoting.plain(draft.why, MOST_WHY)
        if not tried.wrong:
            break
        notes.append(f"draft {number} did not pass: {tried.wrong[:500]}")
    if tried.wrong:
        return Report("failed", "no draft has passed", tried.findings, tried.tools, {}, notes, [], use)
    if not input.tests:
        notes.append("the tests are the model's own: they show that the code does what the model meant")
    return Report(
        "ok" if input.tests else "partial", f"{input.module}.py has passed its checks", [], tried.tools,
        {"lines": tried.files[f"{input.module}.py"].count(b"\n")}, notes,
        await checked.kept(ctx, tried.files), use, why,
    )  # fmt: skip


def _prompt(input: Wish, before: Tried, number: int) -> Prompt:
    turns = [Turn("system", SYSTEM.format(name=input.module)), Turn("user", input.instructions)]
    if input.tests:
        turns.append(Turn("user", f"It must pass these tests; repeat them as yours:\n{input.tests}"))
    if number > 1:
        wrong = quoting.safe(before.wrong, MOST_WRONG)
        turns.append(Turn("user", f"A draft before this one did not pass: {wrong}"))
    return Prompt(turns, model=input.model, temperature=0.0, max_tokens=8000)


async def _tried(input: Wish, ctx: Context, draft: Draft) -> Tried:
    name, test = f"{input.module}.py", f"test_{input.module}.py"
    drafted = {name: draft.code.encode(), test: (input.tests or draft.tests).encode()}
    with tempfile.TemporaryDirectory(
        prefix="revo-write-", dir=_TEMPORARY, ignore_cleanup_errors=True
    ) as folder:
        place = Path(folder)
        await checked.written(place, drafted)
        mine = [name] if input.tests else [name, test]
        tools = await checked.formatted(ctx, place, mine)
        proof = await checked.verified(ctx, place, mine)
        files = await asyncio.to_thread(checked.collected, place)
        tools += proof.tools
        if proof.passed:
            tools.append(await checked.proved(ctx, place, [test], "tests"))
    kept = {own: files[own] for own in (name, test) if own in files}
    return Tried(kept, tools, proof.findings, _wrong(proof.findings, tools))


def _wrong(findings: list[Finding], tools: list[ToolRun]) -> str:
    said = [f"{own.file}:{own.line} {own.rule} {own.message}" for own in findings[:20]]
    said += [
        f"{own.name} {own.status}: {own.reason}" for own in tools if own.status not in ("ran", "skipped")
    ]
    return "; ".join(said)


FUNCTIONS = (write,)
