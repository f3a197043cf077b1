"""The security agent: weak spots in the code, and secrets in the files."""

import asyncio
from typing import Annotated, Literal

from msgspec import Meta

from functions import sources
from functions.agents import bandit, reading, secrets
from functions.agents.advice import advised
from functions.agents.reading import Project, Reading
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun

Check = Literal["code", "secrets"]


class Security(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look through, and what for."""

    checks: Annotated[tuple[Check, ...], Meta(min_length=1)] = ("code", "secrets")


@function("security.scan", timeout=400)
async def scan(input: Security, ctx: Context) -> Report:
    """Find weak spots in Python code (bandit) and secrets in any file (kingfisher), ranked, with fixes."""
    project = await reading.opened(input, ctx)
    parts = [_code(ctx, project)] if "code" in input.checks else []
    if "secrets" in input.checks:
        parts.append(_secrets(ctx, project, input.files))
    tools: list[ToolRun] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for part_tools, part_findings, part_notes in await asyncio.gather(*parts):
        tools += part_tools
        findings += part_findings
        notes += part_notes
    count = len(project.sources.files)
    said = "; ".join(tool.name for tool in tools if tool.status == "ran") or "no tool"
    summary = f"findings: {len(findings)}, in {count} Python files ({said})"
    answer = reading.report(input, project, tools, findings, summary, {"files": count})
    answer.notes.extend(notes)
    return await advised(ctx, answer, "It looked for weak spots and secrets.", input.model, project.lines)


_Part = tuple[list[ToolRun], list[Finding], list[str]]


async def _code(ctx: Context, project: Project) -> _Part:
    found = await bandit.scan(ctx, project)
    notes = [f"warnings silenced by `# nosec` in the code: {found.suppressed}"] if found.suppressed else []
    return [found.ran.tool], found.findings, notes


async def _secrets(ctx: Context, project: Project, only: list[str] | None) -> _Part:
    def look() -> tuple[frozenset[str], list[str]]:
        entries = list(sources.walk(project.directory, secrets.MOST_MEGABYTES << 20))
        readable = frozenset(entry.path for entry in entries if not entry.reason)
        others = tuple(own for own in entries if own.reason and not own.path.endswith((".py", ".pyi")))
        return readable, sources.Sources((), others).notes()

    readable, notes = await asyncio.to_thread(look)
    found = await secrets.scan(ctx, project, readable if only is None else readable & frozenset(only))
    if found.suppressed:
        notes.append(f"secrets silenced by `{secrets.SILENCED}` in the file: {found.suppressed}")
    return [found.ran.tool], found.findings, notes


FUNCTIONS = (scan,)
