"""deploy.release, deploy.rollback: a plan with its checks, a bundle, and the switch where it is allowed."""

import asyncio
import gzip
import io
import sys
import tarfile
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from functions.agents import workbench
from functions.agents.delivery import build, building, plain, planning, rendering
from functions.agents.delivery.build import Built, Parts
from functions.agents.delivery.planning import Check
from functions.agents.delivery.rendering import Render
from functions.agents.delivery.service import Name, Service, Version, Word
from functions.api import function
from functions.context import Context
from functions.findings import Report, Status, ToolRun, status_of
from functions.ports import Command, Deployed, Limits
from functions.sources import Target
from subjects.errors import InvalidInput

PYTEST = Path(workbench.__file__).with_name("pytested.py")
_HEALTH = Limits(seconds=60, memory=2 << 30)
_TESTS = Limits(seconds=200, memory=2 << 30, processes=128)


class Release(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to release. Without `apply` nothing changes anywhere: it is the plan, with a bundle."""

    version: Version
    service: Annotated[Service | None, Meta(description="Its manifests go into the bundle.")] = None
    tests: Annotated[bool, Meta(description="The project's tests must pass.")] = False
    apply: Annotated[bool, Meta(description="Switch this machine to it, where its settings allow that.")] = (
        False
    )
    health: Annotated[
        list[Word], Meta(max_length=50, description="Must end with 0; else: its modules import.")
    ] = field(default_factory=list)


class Rollback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service to switch back, to the version before or to a given one."""

    name: Name
    version: Version | None = None
    health: Annotated[list[Word], Meta(max_length=50)] = []


class Released(Report, frozen=True, kw_only=True):
    """The plan, and what became of it."""

    version: str
    checks: list[Check]
    release_notes: str = ""
    commits: Annotated[str, Meta(description="Subjects of the commits since the last tag.")] = ""
    applied: Annotated[Deployed | None, Meta(description="null: nothing was switched.")] = None


@function("deploy.release", timeout=900, max_attempts=1, memory=building.MEMORY)
async def release(input: Release, ctx: Context) -> Released:
    """Check, build and bundle a version; with `apply` switch this machine to it if it is well."""
    if input.apply:
        await ctx.deployments.state(_name(input))
    directory = await ctx.projects.directory(input.path, input.archive)
    done = await build.parts(build.Build(path=input.path, archive=input.archive), ctx)
    built = done.built
    tools = list(built.tools)
    checks = [_built(built), planning.same_version(input.version, built.version)]
    changed, notes = await asyncio.to_thread(planning.changes, directory, input.version)
    kept, commits = await planning.repository(ctx, directory, input.version)
    checks += [changed, *kept]
    if input.tests:
        tool, check = await _tested(ctx, directory)
        tools.append(tool)
        checks.append(check)
    files = _files(input, done, notes or commits)
    artifacts = list(built.artifacts)
    if done.files:
        name = f"{built.name}-{input.version}.tar.gz"
        artifacts.append(await ctx.artifacts.put(f"release/{name}", _packed(files), "application/gzip"))
    good = all(check.verdict == "pass" for check in checks)
    applied, said = None, []
    if input.apply and good:
        applied, check = await _applied(ctx, input, done, files)
        checks.append(check)
        said.append("declared dependencies are not installed by this: the Python that runs it must have them")
        good = applied is not None
    elif input.apply:
        said.append("not applied: a check did not pass")
    state = "released" if applied else "ready" if good else "not ready"
    passed = sum(own.verdict == "pass" for own in checks)
    return Released(
        status_of(tools) if good else "failed",
        f"{built.name} {input.version}: {state}; {passed} of {len(checks)} checks pass",
        built.findings, tools, built.metrics, [*built.notes, *said], artifacts, version=input.version,
        checks=checks, release_notes=notes, commits=commits, applied=applied,
    )  # fmt: skip


@function("deploy.rollback", timeout=120, max_attempts=1, memory=building.MEMORY)
async def rollback(input: Rollback, ctx: Context) -> Released:
    """Switch a service back to the version before, or to a given one, if that is well."""
    state = await ctx.deployments.state(input.name)
    version = input.version or state.previous
    if not version:
        raise InvalidInput(f"{input.name} has no version before {state.current or 'the first'}")
    place = await ctx.deployments.directory(input.name, version)
    check = await _well(ctx, place, input.health)
    applied = await ctx.deployments.switch(input.name, version, ctx.id) if check.verdict == "pass" else None
    summary = f"{input.name}: {f'back at {version}' if applied else f'still at {state.current}'}"
    status: Status = "ok" if applied else "failed"
    return Released(status, summary, version=version, checks=[check], applied=applied)


def _name(input: Release) -> str:
    if input.service is None:
        raise InvalidInput("to apply a release, say the service that runs it")
    return input.service.name


def _built(built: Built) -> Check:
    if not built.distributions:
        return Check("build", "fail", built.summary)
    differ = [own.name for own in built.distributions if not own.reproducible]
    return (
        Check("build", "fail", f"two builds differ: {', '.join(differ)}")
        if differ
        else Check("build", "pass")
    )


async def _tested(ctx: Context, directory: Path) -> tuple[ToolRun, Check]:
    async with workbench.opened(directory) as bench:
        argv = [sys.executable, "-I", str(PYTEST), "-q", "-x"]
        command = bench.command(argv, {"PYTHONPATH": str(bench.directory)}, _TESTS)
        outcome = await ctx.sandbox.run(replace(command, reads=(PYTEST.parent,)))
    wall = round(outcome.seconds * 1000, 1)
    if outcome.code == 0:
        return ToolRun("pytest", "", "ran", "", wall), Check("tests", "pass")
    said = building.why(outcome)
    ran = outcome.code == 1
    tool = ToolRun("pytest", "", "ran" if ran else "failed", "" if ran else said, wall)
    return tool, Check("tests", "fail", said)


def _files(input: Release, done: Parts, notes: str) -> dict[str, bytes]:
    """Everything of a release, by its path in the bundle."""
    files = {
        f"dist/{name}": data
        for name, data in done.files.items()
        if name not in ("SHA256SUMS", "sbom.cdx.json")
    }
    files |= {name: data for name, data in done.files.items() if name == "sbom.cdx.json"}
    files["RELEASE_NOTES.md"] = f"# {done.built.name} {input.version}\n\n{notes.strip()}\n".encode()
    if input.service is not None:
        wheel = next((own.name for own in done.built.distributions if own.kind == "wheel"), None)
        own = replace(input.service, version=input.version)
        rendered = rendering.rendered(Render(target="bundle", service=own, wheel=wheel))
        files |= {f"deploy/{file.path}": file.text.encode() for file in rendered}
        files["run"] = plain.process(own)[0].text.encode()
    sums = "".join(f"{building.digest(data)}  {name}\n" for name, data in sorted(files.items()))
    return {**files, "SHA256SUMS": sums.encode()}


def _packed(files: dict[str, bytes]) -> bytes:
    """A tar.gz: equal files give equal bytes."""
    plain_file = io.BytesIO()
    with tarfile.open(fileobj=plain_file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), 0o644, int(building.EPOCH)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(plain_file.getvalue(), compresslevel=6, mtime=0)


async def _applied(
    ctx: Context, input: Release, done: Parts, files: dict[str, bytes]
) -> tuple[Deployed | None, Check]:
    wheel = next(own for own in done.built.distributions if own.kind == "wheel")
    if not wheel.name.endswith("-none-any.whl") or any(".data/" in name for name in wheel.files):
        return None, Check(
            "health", "fail", f"{wheel.name} must be installed, not only unpacked: not applied"
        )
    name = _name(input)
    before = await ctx.deployments.state(name)
    place = await ctx.deployments.stage(name, input.version, files, done.files[wheel.name])
    check = await _well(ctx, place, input.health)
    if check.verdict != "pass":
        if input.version not in before.versions:
            await ctx.deployments.discard(name, input.version)
        return None, check
    return await ctx.deployments.switch(name, input.version, ctx.id), check


async def _well(ctx: Context, place: Path, health: list[Word]) -> Check:
    """Whether a release is well, asked in the sandbox before anybody is switched to it."""
    argv = list(health)
    if not argv:
        names = await asyncio.to_thread(_modules, place)
        argv = [sys.executable, "-c", "; ".join(f"import {name}" for name in names) or "pass"]
    site = {"PYTHONPATH": str(place / "site")}
    command = Command(argv, (place,), None, environment=site, foreign=True, limits=_HEALTH)
    outcome = await ctx.sandbox.run(command)
    if outcome.code == 0:
        return Check("health", "pass")
    return Check("health", "fail", building.why(outcome))


def _modules(place: Path) -> list[str]:
    names = (own.parent.name for own in (place / "site").glob("*/__init__.py"))
    return sorted(name for name in names if name.isidentifier())


FUNCTIONS = (release, rollback)
