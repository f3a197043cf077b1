"""The security agent on dependencies: known vulnerabilities, and sources that can be tampered with."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from functions.agents import osv, reading
from functions.agents.advice import advised
from functions.agents.osv import Dump, NoDump
from functions.agents.reading import MOST_FINDINGS
from functions.api import function
from functions.context import Context
from functions.findings import (
    Finding,
    Report,
    Severity,
    ToolRun,
    at_least,
    fingerprinted,
    merged,
    ranked,
    status_of,
)
from functions.sources import Target
from subjects.errors import NotFound

if TYPE_CHECKING:
    from functions.agents.pins import Pins

OLD = timedelta(days=30)
GET = (
    "no advisory dump: fetch https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip "
    "and set REVOAGENT_ADVISORIES to its path"
)


class Dependencies(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project, and what is known of packages."""

    advisories: Annotated[
        str,
        Meta(
            description="An OSV dump (zip, directory, json, json.gz) below an allowed root, or "
            "artifacts/<sha256>; empty: the worker's own (REVOAGENT_ADVISORIES)."
        ),
    ] = ""
    min_severity: Severity = "info"
    model: Annotated[
        str, Meta(max_length=200, description="auto, off, or a configured model: who adds advice, if any.")
    ] = "auto"


class _Looked(Struct, frozen=True):
    findings: list[Finding]
    tools: list[ToolRun]
    notes: list[str]
    metrics: dict[str, int | str]


@function("security.dependencies", timeout=200)
async def check(input: Dependencies, ctx: Context) -> Report:
    """Find known vulnerabilities of pinned packages (by an OSV dump, no network) and risky sources."""
    directory = await ctx.projects.directory(input.path, input.archive)
    version = reading.installed("packaging")
    if version is None:
        return Report("failed", "nothing was looked at", tools=[reading.missing("packaging").tool])
    async with _dump(input, ctx) as place:
        looked = await asyncio.to_thread(_looked, directory, place, version)
    kept = ranked(at_least(looked.findings, input.min_severity))
    notes = list(looked.notes)
    if len(kept) < len(looked.findings):
        notes.append(f"{len(looked.findings) - len(kept)} findings below {input.min_severity} not listed")
    if len(kept) > MOST_FINDINGS:
        notes.append(
            f"{len(kept) - MOST_FINDINGS} more findings not listed, all no worse than those that are"
        )
    notes += [f"{tool.name} {tool.status}: {tool.reason}" for tool in looked.tools if tool.status != "ran"]
    known = [own for own in looked.findings if own.tool == "osv" and own.confidence == "high"]
    asked = any(tool.name == "osv" and tool.status == "ran" for tool in looked.tools)
    said = f"known vulnerabilities: {len(known) if asked else 'not looked for'}"
    summary = f"{looked.metrics['packages']} packages in {looked.metrics['files']} files; {said}"
    answer = Report(
        status_of(looked.tools), summary, kept[:MOST_FINDINGS], looked.tools, dict(looked.metrics), notes
    )
    return await advised(ctx, answer, "It looked for packages with known vulnerabilities.", input.model)


def _looked(directory: Path, place: Path | None, version: str) -> _Looked:
    from functions.agents import pins, supply  # noqa: PLC0415 - they need `packaging`, which may be missing

    begun = time.monotonic()
    found = pins.read(directory)
    names = {pin.name for pin in found.pins if pin.source == "index"} - {""}
    tools = [_pins_tool(found, version, begun)]
    notes = [*found.notes, *(f"not read: {file}: {reason}" for file, reason in sorted(found.broken.items()))]
    findings = list(supply.risky(found))
    begun = time.monotonic()
    dump, reason = _loaded(place, names)
    if not names:
        notes.append("no file that was read names a package")
        tools.append(ToolRun("osv", "", "skipped", "no packages to look up"))
    elif dump is None:
        tools.append(ToolRun("osv", "", "missing" if place is None else "failed", reason))
    else:
        findings += supply.vulnerable(found, dump)
        tools.append(ToolRun("osv", dump.newest, "ran", "", round((time.monotonic() - begun) * 1000, 1)))
        notes += _about(dump, len(names - set(dump.advisories)))
    lines = {file: reading.text_of(directory / file) for file in found.files}
    metrics: dict[str, int | str] = {"files": len(found.files), "packages": len(names)}
    metrics["exact"] = len({pin.name for pin in found.pins if pin.version})
    metrics["advisories"] = dump.records if dump is not None else 0
    metrics["newest_advisory"] = dump.newest if dump is not None else ""
    return _Looked(merged(fingerprinted(findings, lines)), tools, notes, metrics)


def _pins_tool(found: "Pins", version: str, begun: float) -> ToolRun:
    wall = round((time.monotonic() - begun) * 1000, 1)
    if found.broken:
        return ToolRun("pins", version, "failed", f"could not read {', '.join(sorted(found.broken))}", wall)
    if found.script and not found.pins:
        return ToolRun("pins", version, "unknown", "what setup.py needs is known only by running it", wall)
    return ToolRun("pins", version, "ran", "", wall)


def _loaded(place: Path | None, names: set[str]) -> tuple[Dump | None, str]:
    if place is None:
        return None, GET
    try:
        return osv.load(place, names), ""
    except NoDump as error:
        return None, str(error)


def _about(dump: Dump, unknown: int) -> list[str]:
    """What a reader must know of the database before believing it."""
    notes = [f"{dump.records} advisories, the newest of {dump.newest}; {unknown} packages have none"]
    if dump.unreadable:
        notes.append(f"advisories that could not be read: {dump.unreadable}")
    oldest_fine = (datetime.now(UTC) - OLD).date().isoformat()
    if dump.newest < oldest_fine:
        notes.append(f"the advisory dump is old: nothing newer than {dump.newest} can be known")
    return notes


@contextlib.asynccontextmanager
async def _dump(input: Dependencies, ctx: Context) -> AsyncIterator[Path | None]:
    """Where the advisories lie. One that is given by path must lie below an allowed root."""
    given = input.advisories
    if not given:
        yield ctx.advisories
    elif given.startswith("artifacts/"):
        data = await ctx.artifacts.get(given)
        with tempfile.TemporaryDirectory(prefix="revo-osv-") as folder:
            place = Path(folder) / ("dump.json.gz" if data[:2] == b"\x1f\x8b" else "dump")
            await asyncio.to_thread(place.write_bytes, data)
            yield place
    else:
        yield await _below_root(given, ctx)


async def _below_root(given: str, ctx: Context) -> Path:
    try:
        return await ctx.projects.directory(given, None)
    except NotFound:
        place = await ctx.projects.directory(str(Path(given).parent), None) / Path(given).name
        if place.is_file() and not place.is_symlink():
            return place
        raise


FUNCTIONS = (check,)
