"""The documentation agent's README: drafted from the code, and compared with the one that is there."""

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from functions import sources
from functions.agents import markdown, reading
from functions.agents.advice import advised
from functions.agents.documentation import is_public
from functions.agents.reading import Project, Reading
from functions.agents.readme_drift import drift
from functions.agents.readme_sections import Facts, draft, sections
from functions.agents.reference import LIMITS, PROGRAM, Read
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report
from functions.sources import is_test

NAMES = ("README.md", "README.rst", "README.txt", "README")


class Existing(Struct, frozen=True):
    """The README that is there, and what the project file says."""

    file: str = ""
    text: str = ""
    project: dict[str, Any] = {}
    trouble: str = ""


@function("documentation.readme", timeout=300)
async def readme(input: Reading, ctx: Context) -> Report:
    """Draft the sections of a README from the code and its project file; find what the present one has wrong.

    The draft is an artifact, `README.md`: nothing is written into the project and nothing of it is imported.
    It says only what stands in docstrings, doctests and `pyproject.toml`.
    """
    project = await reading.opened(input, ctx)
    existing = await asyncio.to_thread(_existing, project)
    ours = [name for name in project.sources.names if not is_test(name)]
    files = [name for name in ours if is_public(name) or name.endswith("__init__.py")]
    version = reading.installed("griffe")
    question = {"directory": str(project.directory), "files": files, "style": "auto", "old": None}
    command = reading.script(PROGRAM, project, msgspec.json.encode(question), LIMITS)
    ran = await reading.run(ctx, "griffe", version, command) if version else reading.missing("griffe")
    if ran.tool.status != "ran":
        return reading.report(input, project, [ran.tool], [], "the interface could not be read", {})
    facts = _facts(project, existing, msgspec.json.decode(ran.output, type=Read))
    findings = await asyncio.to_thread(_findings, project, existing, facts)
    titles = list(sections(facts))
    compared = existing.file or "no README"
    answer = reading.report(
        input, project, [ran.tool], findings,
        f"{len(titles)} sections drafted; {len(findings)} to mend in {compared}",
        {"sections": titles, "readme": existing.file or None, "examples": draft(facts).count(">>> ")},
    )  # fmt: skip
    if existing.trouble:
        answer.notes.append(existing.trouble)
    kept = await ctx.artifacts.put("README.md", draft(facts).encode(), "text/markdown")
    answer.artifacts.append(kept)
    return await advised(ctx, answer, "It compared a README with the code.", input.model)


def _existing(project: Project) -> Existing:
    """Read as text and as data; nothing is followed out of the project."""
    known = {entry.path: entry.reason for entry in sources.walk(project.directory) if "/" not in entry.path}
    file = next((name for name in NAMES if known.get(name) == ""), "")
    text = "\n".join(reading.text_of(project.directory / file)) if file else ""
    if known.get("pyproject.toml") != "":
        return Existing(file, text)
    try:
        read = tomllib.loads((project.directory / "pyproject.toml").read_text("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Existing(file, text, trouble=f"pyproject.toml cannot be read: {error}"[:200])
    own = _table(read.get("project"))
    inline = _table(own.get("readme")).get("text")
    if not file and isinstance(inline, str):
        file, text = "pyproject.toml", inline
    return Existing(file, text, own)


def _facts(project: Project, existing: Existing, read: Read) -> Facts:
    own = existing.project
    return Facts(
        name=_text(own.get("name")) or project.directory.name,
        description=_text(own.get("description")),
        python=_text(own.get("requires-python")),
        license=_license(own.get("license")),
        scripts={
            str(name): target
            for name, target in _table(own.get("scripts")).items()
            if isinstance(target, str)
        },
        extras=sorted(str(name) for name in _table(own.get("optional-dependencies"))),
        packages=read.packages,
        things=read.things,
        aliases=read.aliases,
        known=markdown.names(read.defined, read.aliases),
        has_tests=any(is_test(name) for name in project.sources.names),
    )


def _findings(project: Project, existing: Existing, facts: Facts) -> list[Finding]:
    if not existing.file:
        text = "the project has no README"
        return [
            Finding("readme", "missing-readme", "low", "high", "", 0, text, fix="take the draft as a start")
        ]
    root = project.directory.resolve()

    def there(target: str) -> bool:
        place = (Path(root) / target).resolve()
        return place.is_relative_to(root) and place.exists()

    return drift(existing.text, existing.file, facts, there)


def _license(said: Any) -> str:
    """A name as PEP 639 has it, or the table of before."""
    return _text(said) or _text(_table(said).get("text")).partition("\n")[0][:200]


def _text(value: Any) -> str:
    return " ".join(value.split())[:500] if isinstance(value, str) else ""


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FUNCTIONS = (readme,)
