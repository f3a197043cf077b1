"""Directories to read: below the allowed roots of this machine, or unpacked from an uploaded archive.

    async with LocalProjects((Path.cwd(),), fetch) as projects:
        directory = await projects.directory("services/shop", None)

One for a worker; tasks share what was unpacked, and it is removed when the worker ends.
"""

import asyncio
import hashlib
import re
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from functions.adapters import pack
from subjects.errors import ForbiddenPath, InvalidInput, NotFound, Unavailable

Fetch = Callable[[str], Awaitable[bytes]]

MOST_KEPT = 16
"""Unpacked projects that are kept; above it those go that nobody has asked for within `STALE` seconds."""
STALE = 1800.0

_ARCHIVE = re.compile(r"projects/([0-9a-f]{64})\Z")


def _fresh() -> Path:
    return Path(tempfile.mkdtemp(prefix="revo-projects-")).resolve()


async def _no_store(reference: str) -> bytes:
    raise Unavailable(f"there is no object store here to fetch {reference} from")


class LocalProjects:
    """Gives project directories; implements `functions.ports.Projects`."""

    def __init__(
        self, roots: Sequence[Path], fetch: Fetch = _no_store, *, most_kept: int = MOST_KEPT
    ) -> None:
        self._roots = tuple(root.resolve() for root in roots)
        self._fetch = fetch
        self._most_kept = most_kept
        self._home: Path | None = None
        self._making_home = asyncio.Lock()
        self._unpacked: OrderedDict[str, asyncio.Task[Path]] = OrderedDict()
        self._used: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Remove everything that was unpacked. Twice is fine."""
        tasks = list(self._unpacked.values())
        self._unpacked.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        home, self._home = self._home, None
        if home is not None:
            await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)

    async def directory(self, path: str | None, archive: str | None) -> Path:
        """The project as a directory; ForbiddenPath outside the roots, links that lead out included."""
        if path is not None and archive is None:
            return await asyncio.to_thread(self._allowed, path)
        if archive is not None and path is None:
            return await self._from_archive(archive)
        raise InvalidInput("give either path or archive")

    def _allowed(self, path: str) -> Path:
        if "\0" in path:
            raise ForbiddenPath("a path has no NUL in it")
        given = Path(path)
        candidates = [given] if given.is_absolute() else [root / given for root in self._roots]
        for candidate in candidates:
            try:
                found = candidate.resolve(strict=True)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, RuntimeError) as error:
                raise ForbiddenPath(f"{path[:200]!r} cannot be opened: {error}") from None
            if any(found.is_relative_to(root) for root in self._roots):
                if not found.is_dir():
                    raise NotFound(f"{path[:200]!r} is no directory")
                return found
        if any(candidate.resolve().is_relative_to(root) for candidate in candidates for root in self._roots):
            raise NotFound(f"there is no directory {path[:200]!r}")
        raise ForbiddenPath(f"{path[:200]!r} is outside the directories that functions may read")

    async def _from_archive(self, reference: str) -> Path:
        named = _ARCHIVE.match(reference)
        if named is None:
            raise InvalidInput(f"{reference[:100]!r} is no archive: projects/<sha256> is")
        digest = named[1]
        task = self._unpacked.get(digest)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(self._unpack(reference, digest))
            self._unpacked[digest] = task
        self._unpacked.move_to_end(digest)
        self._used[digest] = time.monotonic()
        found = await asyncio.shield(task)
        await self._forget_old()
        return found

    async def _unpack(self, reference: str, digest: str) -> Path:
        data = await self._fetch(reference)
        if hashlib.sha256(data).hexdigest() != digest:
            raise InvalidInput(f"{reference} does not have the content that its name says")
        async with self._making_home:
            if self._home is None:
                self._home = await asyncio.to_thread(_fresh)
        place = self._home / digest
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        place.mkdir()
        try:
            await asyncio.to_thread(pack.unpack, data, place)
            return await asyncio.to_thread(pack.top, place)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            raise

    async def _forget_old(self) -> None:
        """Nobody says when a task has read its project to the end, so what was asked for lately stays."""
        while len(self._unpacked) > self._most_kept:
            oldest = next(iter(self._unpacked))
            if time.monotonic() - self._used[oldest] < STALE:
                return
            task = self._unpacked.pop(oldest)
            if self._home is not None and task.done() and not task.cancelled() and task.exception() is None:
                await asyncio.to_thread(shutil.rmtree, self._home / oldest, ignore_errors=True)
