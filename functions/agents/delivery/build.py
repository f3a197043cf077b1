"""deploy.build: wheel, sdist, digests and bill of materials of a project."""

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from functions.agents import reading
from functions.agents.delivery import building, wheels
from functions.agents.delivery.building import Project
from functions.agents.delivery.wheels import Distribution
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, ToolRun, fingerprinted, ranked, status_of
from functions.sources import Target


class Build(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project to build, and for how long at most."""

    seconds: Annotated[float, Meta(ge=1, le=300, description="For each of the two builds.")] = 120.0


class Built(Report, frozen=True, kw_only=True):
    """What was built. Nothing was installed or uploaded, and no image was made."""

    name: str = ""
    version: str = ""
    distributions: list[Distribution] = []  # noqa: RUF012 - msgspec copies it
    requires: Annotated[list[str], Meta(description="What the wheel says that it needs.")] = []  # noqa: RUF012


class Parts(Struct, frozen=True):
    """A build with its bytes, for whoever goes on with them."""

    built: Built
    files: dict[str, bytes]


@function("deploy.build", timeout=400, max_attempts=2, memory=building.MEMORY)
async def build(input: Build, ctx: Context) -> Built:
    """Build wheel and sdist without network, twice, and say whether both came out alike; SBOM, SHA-256."""
    return (await parts(input, ctx)).built


async def parts(input: Build, ctx: Context) -> Parts:
    """The build, and its files."""
    directory = await ctx.projects.directory(input.path, input.archive)
    project = await asyncio.to_thread(building.described, directory)
    absent = reading.missing("build").tool if reading.installed("build") is None else None
    absent = absent or building.lacking(project)
    if absent is not None:
        return Parts(_not_built(project, [absent], []), {})
    first, second = await asyncio.gather(
        building.built(ctx, directory, input.seconds), building.built(ctx, directory, input.seconds)
    )
    if not first.files:
        return Parts(_not_built(project, [first.tool], first.notes), {})
    same = building.alike(first.files, second.files)
    found = [wheels.distribution(name, data, reproducible=same[name]) for name, data in first.files.items()]
    return await _told(ctx, project, first.files, found, [first.tool], first.notes)


async def _told(
    ctx: Context,
    project: Project,
    files: dict[str, bytes],
    found: list[Distribution],
    tools: list[ToolRun],
    notes: list[str],
) -> Parts:
    wheel = next((own for own in found if own.kind == "wheel"), None)
    head = wheels.metadata(files[wheel.name]) if wheel is not None else None
    findings: list[Finding] = wheels.judged(project, head, wheel.files if wheel is not None else [])
    whole = dict(files)
    if wheel is not None and head is not None:
        whole["sbom.cdx.json"] = wheels.sbom(head, wheel)
    whole["SHA256SUMS"] = "".join(f"{own.sha256}  {own.name}\n" for own in found).encode()
    artifacts = [await ctx.artifacts.put(f"dist/{name}", data, _media(name)) for name, data in whole.items()]
    differ = [own.name for own in found if not own.reproducible]
    notes = [*notes, *(f"{name}: a second build made other bytes" for name in differ)]
    name, version = (str(head["Name"]), str(head["Version"])) if head else (project.name, project.version)
    alike = "both builds alike" if not differ else "two builds differ"
    summary = f"{name} {version}: {len(found)} files, {alike}; findings: {len(findings)}"
    built = Built(
        status_of(tools), summary, ranked(fingerprinted(findings, {})), tools, {"files": len(found)}, notes,
        artifacts, name=name, version=version, distributions=found,
        requires=[str(own) for own in (head.get_all("Requires-Dist") or [])] if head else [],
    )  # fmt: skip
    return Parts(built, whole)


def _not_built(project: Project, tools: list[ToolRun], notes: list[str]) -> Built:
    notes = [*notes, *(f"{own.name} {own.status}: {own.reason}" for own in tools)]
    summary = f"{project.name or 'the project'} was not built: {tools[0].status}"
    return Built("failed", summary, [], tools, {}, notes, name=project.name, version=project.version)


def _media(name: str) -> str:
    if name.endswith(".json"):
        return "application/vnd.cyclonedx+json"
    return {"whl": "application/zip", "gz": "application/gzip"}.get(name.rpartition(".")[2], "text/plain")


FUNCTIONS = (build,)
