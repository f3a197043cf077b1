"""The documentation agent's reference: the public interface as Markdown and JSON, and what broke in it."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from functions import sources
from functions.agents import markdown, reading, revisions
from functions.agents.advice import advised
from functions.agents.documentation import is_public
from functions.agents.markdown import Thing
from functions.agents.reading import Ran, Reading
from functions.agents.revisions import Version
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, Severity
from functions.ports import Artifact, Limits
from functions.sources import is_test

PROGRAM = Path(__file__).with_name("interface.py")
LIMITS = Limits(seconds=120, memory=2 << 30)
_TEMPORARY = Path(tempfile.gettempdir()).resolve()
MOST_FILES = 200
"""Files of one reference that is split by module."""

Style = Literal["auto", "google", "numpy", "sphinx"]


class Wanted(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to describe, and how."""

    style: Annotated[Style, Meta(description="How parameters stand in docstrings.")] = "auto"
    split: Annotated[bool, Meta(description="One file for each module; otherwise one for all.")] = False
    against: Annotated[
        Version | None, Meta(description="An older state; what its callers can no longer rely on is found.")
    ] = None


class Breaking(Struct, frozen=True):
    """One thing that callers of the old interface can no longer rely on."""

    kind: str
    path: str
    file: str
    line: int
    was: str
    now: str


class Read(Struct, frozen=True):
    """The answer of the program `interface.py`."""

    packages: list[str]
    failed: dict[str, str]
    breaking: list[Breaking] | None
    things: list[Thing]
    complaints: list[tuple[str, int, str]]
    defined: list[str]
    aliases: list[tuple[str, str]]


@function("documentation.reference", timeout=300)
async def reference(input: Wanted, ctx: Context) -> Report:
    """Write the reference of a project's packages; find broken cross references and docstring faults.

    Nothing of the project is imported. With `against` the two public interfaces are compared, and every
    incompatible change is a finding.
    """
    project = await reading.opened(input, ctx)
    ours = [name for name in project.sources.names if not is_test(name)] or project.sources.names
    files = [name for name in ours if is_public(name) or name.endswith("__init__.py")]
    if not files:
        return reading.report(input, project, [], [], "no Python package found", {"objects": 0})
    with tempfile.TemporaryDirectory(prefix="revo-reference-", dir=_TEMPORARY) as place:
        old = None
        if input.against is not None:
            old = await revisions.materialised(ctx, input, input.against, Path(place))
        ran = await _read(ctx, input, project.directory, files, old)
    if ran.tool.status != "ran":
        return reading.report(input, project, [ran.tool], [], "the interface could not be read", {})
    read = msgspec.json.decode(ran.output, type=Read)
    findings = await asyncio.to_thread(findings_of, read)
    kinds = {kind: sum(own.kind == kind for own in read.things) for kind in ("module", "class", "function")}
    broken = len(read.breaking or [])
    summary = f"{len(read.things)} public objects in {', '.join(read.packages[:5]) or 'no package'}"
    summary += f"; {broken} breaking changes" if read.breaking is not None else ""
    answer = reading.report(
        input, project, [ran.tool], findings, summary,
        {"packages": read.packages, "objects": len(read.things), **kinds, "breaking": read.breaking},
    )  # fmt: skip
    answer.notes.extend(f"{name} could not be read: {reason}" for name, reason in read.failed.items())
    answer.artifacts.extend(await _kept(ctx, input, read))
    return await advised(
        ctx, answer, "It read the public interface and its docstrings.", input.model, project.lines
    )


async def _read(ctx: Context, input: Wanted, directory: Path, files: list[str], old: Path | None) -> Ran:
    version = reading.installed("griffe")
    if version is None:
        return reading.missing("griffe")
    before = None
    if old is not None:
        known = await asyncio.to_thread(sources.find, old)
        before = {"directory": str(old), "files": known.names}
    question = {"directory": str(directory), "files": files, "style": input.style, "old": before}
    command = reading.script(
        PROGRAM, reading.Project(directory, sources.Sources((), ())), msgspec.json.encode(question), LIMITS
    )
    reads = (*command.reads, *([old] if old is not None else []))
    return await reading.run(ctx, "griffe", version, msgspec.structs.replace(command, reads=reads))


async def _kept(ctx: Context, input: Wanted, read: Read) -> list[Artifact]:
    """The reference and the interface, stored."""
    if not read.things:
        return []
    kept = [await ctx.artifacts.put("interface.json", msgspec.json.encode(read.things), "application/json")]
    if input.split:
        pages = await asyncio.to_thread(markdown.pages, read.things)
        for name, text in list(pages.items())[:MOST_FILES]:
            kept.append(await ctx.artifacts.put(f"reference/{name}.md", text.encode(), "text/markdown"))
        return kept
    whole = await asyncio.to_thread(markdown.whole, read.things)
    return [*kept, await ctx.artifacts.put("reference.md", whole.encode(), "text/markdown")]


def findings_of(read: Read) -> list[Finding]:
    """Incompatible changes, cross references that lead nowhere, and faults inside docstrings."""
    found = [
        Finding(
            "griffe", f"breaking-{own.kind}", "medium", "high", own.file, own.line,
            f"{own.path}: {own.kind.replace('-', ' ')}, was {own.was}{', now ' * bool(own.now)}{own.now}",
            fix="keep the old form as well, or say it in the changelog and raise the major version",
        )
        for own in read.breaking or []
    ]  # fmt: skip
    found += [
        Finding("griffe", "docstring-fault", "low", "high", file, line, text, fix="mend the docstring")
        for file, line, text in read.complaints
    ]
    known = markdown.names(read.defined, read.aliases)
    for own, line, target, sure in markdown.broken(read.things, known):
        severity: Severity = "low" if sure else "info"
        found.append(
            Finding(
                "references", "broken-reference", severity, "high" if sure else "low", own.file, line,
                f"the docstring of {own.path} refers to {target}, which is not there",
                fix="name what it is called now",
            )
        )  # fmt: skip
    return found


FUNCTIONS = (reference,)
