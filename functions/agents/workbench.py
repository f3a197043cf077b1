"""A copy of a project in which foreign code may run: what it writes, breaks or deletes is the copy's.

async with workbench.opened(directory) as bench:
    outcome = await ctx.sandbox.run(bench.command(["python", "-m", "pytest", "-q"]))
    report = (bench.directory / "report.xml").read_bytes()
"""

import asyncio
import contextlib
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from functions import sources
from functions.ports import Command, Limits
from subjects.errors import PayloadTooLarge

MOST_BYTES = 500 << 20
"""Bytes of all files of a project together."""
MOST_FILE = 100 << 20
MOST_FILES = 50_000
LIMITS = Limits(seconds=300, memory=4 << 30, file_size=256 << 20, processes=256)
"""What the code of a project may use unless its caller says otherwise."""


class Workbench(Struct, frozen=True):
    """A copied project. `notes` says what was not copied, and why."""

    directory: Path
    notes: list[str]

    def command(
        self, argv: Sequence[str], environment: Mapping[str, str] | None = None, limits: Limits = LIMITS
    ) -> Command:
        """A run of foreign code in the copy: no network, nothing else to write."""
        return Command(argv, (), self.directory, environment=environment or {}, foreign=True, limits=limits)

    def made(self, name: str, most: int) -> bytes:
        """The first `most` bytes of a file in the copy; empty where it is none.

        What foreign code left behind may be a link out of here: it is not followed.
        """
        place = self.directory / name
        try:
            if not place.parent.resolve(strict=True).is_relative_to(self.directory):
                return b""
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return b""
        with os.fdopen(handle, "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(handle).st_mode) else b""

    def lines(self, names: Iterable[str]) -> dict[str, Sequence[str]]:
        """The text of files in the copy, by name; none of what is no file of it."""
        texts = {name: self.made(name, sources.MOST_BYTES) for name in set(names) if "\0" not in name}
        return {name: data.decode("utf-8", "replace").splitlines() for name, data in texts.items()}

    def cleared(self, name: str) -> None:
        """Remove a file or directory of the copy, whatever it is."""
        place = self.directory / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[Workbench]:
    """The project copied into a directory of its own, removed when the context ends. Links are not copied."""
    place = await asyncio.to_thread(_fresh)
    try:
        yield await asyncio.to_thread(_copied, directory, place / (directory.name or "project"))
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, place, ignore_errors=True))


@contextlib.asynccontextmanager
async def empty(name: str) -> AsyncIterator[Workbench]:
    """An empty directory of that name in which foreign code may run, removed when the context ends."""
    place = await asyncio.to_thread(_fresh)
    try:
        yield await asyncio.to_thread(_made, place / (name or "project"))
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, place, ignore_errors=True))


def _made(into: Path) -> Workbench:
    into.parent.chmod(0o755)
    into.mkdir()
    return Workbench(into, [])


def _fresh() -> Path:
    return Path(tempfile.mkdtemp(prefix="revo-bench-")).resolve()


def _copied(directory: Path, into: Path) -> Workbench:
    entries = list(itertools.islice(sources.walk(directory, MOST_FILE), MOST_FILES + 1))
    wanted = [entry for entry in entries if not entry.reason]
    if len(entries) > MOST_FILES or sum(entry.size for entry in wanted) > MOST_BYTES:
        raise PayloadTooLarge(
            f"{directory.name}: a project to run has at most {MOST_FILES} files, {MOST_BYTES >> 20} MB"
        )
    skipped = [entry for entry in entries if entry.reason]
    into.parent.chmod(0o755)
    into.mkdir()
    for entry in wanted:
        place = into / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _copy(directory / entry.path, place)
    return Workbench(into, sources.Sources((), tuple(skipped)).notes())


def _copy(source: Path, place: Path) -> None:
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file, place.open("xb") as copy:
        shutil.copyfileobj(file, copy)
        os.fchmod(copy.fileno(), os.fstat(file.fileno()).st_mode & 0o755 | 0o644)
