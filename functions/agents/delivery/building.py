"""A Python project built into wheel and sdist, twice, in the sandbox: no network, no isolation, no trust."""

import asyncio
import hashlib
import os
import re
import stat
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions.agents import reading, workbench
from functions.context import Context
from functions.findings import ToolRun, ToolStatus
from functions.ports import Limits, Outcome
from subjects.errors import InvalidInput

EPOCH = "1577836800"
"""The one moment at which everything was made (2020-01-01), for builds that come out alike."""
MEMORY = 4 << 30
"""Address space of a child process of ours: no program that it starts can be given more."""
MOST_FILE = 100 << 20
MOST_FILES = 10
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,200}\.(whl|tar\.gz)\Z")
_OUT = "dist"
_DEFAULT = "setuptools>=70.1"
"""What builds a project that names no back end; older ones cannot make a wheel alone."""


class Project(Struct, frozen=True):
    """What a pyproject.toml says."""

    name: str
    version: Annotated[str, Meta(description="Empty where the back end finds it out.")]
    backend: str
    requires: list[str]
    table: dict[str, Any]


class Made(Struct, frozen=True):
    """The files of one build, and how it went."""

    tool: ToolRun
    files: dict[str, bytes] = {}
    notes: list[str] = []


def described(directory: Path) -> Project:
    """The project below a directory; InvalidInput with the reason where none can be built from it."""
    place = directory / "pyproject.toml"
    try:
        with place.open("rb") as file:
            table = tomllib.loads(file.read(1 << 20).decode())
    except FileNotFoundError:
        raise InvalidInput(f"{directory.name} has no pyproject.toml: nothing says how it is built") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(f"pyproject.toml cannot be read: {error}") from None
    own, system = table.get("project", {}), table.get("build-system", {})
    if not isinstance(own, dict) or not isinstance(system, dict):
        raise InvalidInput("pyproject.toml: project and build-system are tables")
    requires = system.get("requires", [_DEFAULT])
    if not isinstance(requires, list) or not all(isinstance(one, str) for one in requires):
        raise InvalidInput("pyproject.toml: build-system.requires is a list of texts")
    backend = str(system.get("build-backend", "setuptools.build_meta:__legacy__"))
    return Project(str(own.get("name", "")), str(own.get("version", "")), backend, requires, own)


def lacking(project: Project) -> ToolRun | None:
    """What the back end needs and this machine has not; None where all is there. Nothing is fetched."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - part of an extra

    absent: list[str] = []
    for text in project.requires:
        try:
            need = Requirement(text)
        except InvalidRequirement as error:
            raise InvalidInput(f"pyproject.toml: {text[:100]!r} is no requirement: {error}") from None
        if need.marker is not None and not need.marker.evaluate():
            continue
        try:
            fits = need.specifier.contains(version(need.name), prereleases=True)
        except PackageNotFoundError:
            fits = False
        if not fits:
            absent.append(text)
    if not absent:
        return None
    wanted = " ".join(f'"{text}"' for text in absent)
    return ToolRun(project.backend, "", "missing", f"not installed: pip install {wanted}")


async def built(ctx: Context, directory: Path, seconds: float) -> Made:
    """Wheel and sdist, from a copy of the project."""
    async with workbench.opened(directory) as bench:
        argv = [sys.executable, "-I", "-m", "build", "-n", "-x", "--sdist", "--wheel", "--outdir", _OUT, "."]
        limits = Limits(seconds=seconds, memory=2 << 30, file_size=256 << 20, processes=64)
        outcome = await ctx.sandbox.run(bench.command(argv, {"SOURCE_DATE_EPOCH": EPOCH}, limits))
        files = await asyncio.to_thread(_taken, bench.directory / _OUT) if outcome.code == 0 else {}
    own = reading.installed("build") or ""
    wall = round(outcome.seconds * 1000, 1)
    if outcome.code == 0 and files:
        return Made(ToolRun("build", own, "ran", "", wall), files, bench.notes)
    reason = "it made neither wheel nor sdist" if outcome.code == 0 else why(outcome)
    status: ToolStatus = "timeout" if outcome.stopped == "time" else "failed"
    return Made(ToolRun("build", own, status, reason, wall), {}, bench.notes)


def alike(one: dict[str, bytes], other: dict[str, bytes]) -> dict[str, bool]:
    """For each file, whether both builds made the same bytes."""
    return {name: digest(data) == digest(other.get(name, b"")) for name, data in one.items()}


def digest(data: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def why(outcome: Outcome) -> str:
    """The last lines of a program that did not end well."""
    if outcome.stopped:
        return "stopped: it took too long" if outcome.stopped == "time" else "stopped: it wrote too much"
    said = (outcome.stderr or outcome.stdout).decode("utf-8", "replace").strip()
    return f"exit code {outcome.code}: {said[-600:]}"


def _taken(folder: Path) -> dict[str, bytes]:
    """What foreign code left there: plain files with the names of distributions, no links, nothing huge."""
    found: dict[str, bytes] = {}
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return found
    try:
        for name in sorted(os.listdir(place))[:1000]:  # noqa: PTH208 - of the directory that is open
            if _NAMED.match(name) is None or len(found) >= MOST_FILES:
                continue
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
            except OSError:
                continue
            with os.fdopen(handle, "rb") as file:
                status = os.fstat(file.fileno())
                if stat.S_ISREG(status.st_mode) and status.st_size <= MOST_FILE:
                    found[name] = file.read(MOST_FILE)
    finally:
        os.close(place)
    return found
