"""The documentation agent: what is public, and how much of it says what it is."""

import platform
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from functions.agents import reading
from functions.agents.advice import advised
from functions.agents.reading import Reading
from functions.api import function
from functions.context import Context
from functions.figures import Documentation, ModuleCoverage
from functions.findings import Finding, Report, Severity
from functions.ports import Limits
from functions.sources import is_test

PROGRAM = Path(__file__).with_name("docstrings.py")
LIMITS = Limits(seconds=120, memory=2 << 30)
MOST_MODULES = 50

_SEVERITIES: dict[str, Severity] = {"module": "info", "class": "low", "function": "low", "method": "info"}


class Read(Struct, frozen=True):
    """The answer of the program `docstrings.py`: kind, name, line, documented."""

    things: dict[str, list[tuple[str, str, int, bool]]]
    broken: dict[str, str]


@function("documentation.coverage", timeout=200)
async def coverage(input: Reading, ctx: Context) -> Report:
    """Count the public modules, classes, functions and methods with a docstring; list the others."""
    project = await reading.opened(input, ctx)
    files = [name for name in project.sources.names if name.endswith(".py")]
    public = [name for name in files if is_public(name)]
    question = msgspec.json.encode({"directory": str(project.directory), "files": public})
    ran = await reading.run(
        ctx, "docstrings", platform.python_version(), reading.script(PROGRAM, project, question, LIMITS)
    )
    if ran.tool.status != "ran":
        return reading.report(input, project, [ran.tool], [], "the docstrings could not be read", {})
    read = msgspec.json.decode(ran.output, type=Read)
    found = figures(read)
    findings = undocumented(read) + [reading.unparsed(file, reason) for file, reason in read.broken.items()]
    share = "nothing is public" if found.percent is None else f"{found.percent:g} %"
    summary = f"{found.documented} of {found.public} public objects are documented ({share})"
    answer = reading.report(input, project, [ran.tool], findings, summary, msgspec.to_builtins(found))
    if len(public) < len(files):
        answer.notes.append(f"{len(files) - len(public)} files not counted: tests, or private by name")
    return await advised(ctx, answer, "It looked for public objects without a docstring.", input.model)


def is_public(path: str) -> bool:
    """Whether users are meant to look into a file.

    >>> is_public("pkg/__init__.py"), is_public("pkg/_speedups.py"), is_public("tests/test_a.py")
    (True, False, False)
    """
    private = any(part.startswith("_") and not part.startswith("__") for part in PurePosixPath(path).parts)
    return not private and not is_test(path)


def figures(read: Read) -> Documentation:
    """The totals, and the modules with gaps."""
    modules = [
        ModuleCoverage(
            file.removesuffix(".py").replace("/", "."), file, len(things), sum(own[3] for own in things)
        )
        for file, things in read.things.items()
    ]
    public = sum(own.public for own in modules)
    documented = sum(own.documented for own in modules)
    gaps = sorted(
        (own for own in modules if own.documented < own.public), key=lambda own: own.documented - own.public
    )
    percent = round(100 * documented / public, 1) if public else None
    return Documentation(public, documented, percent, gaps[:MOST_MODULES])


def undocumented(read: Read) -> list[Finding]:
    """A finding for each public thing without a docstring."""
    return [
        Finding(
            tool="docstrings",
            rule=f"undocumented-{kind}",
            severity=_SEVERITIES[kind],
            confidence="high",
            file=file,
            line=line,
            message=f"{kind} {name} has no docstring",
            fix="say in one line what the caller gets",
        )
        for file, things in sorted(read.things.items())
        for kind, name, line, documented in things
        if not documented
    ]


FUNCTIONS = (coverage,)
