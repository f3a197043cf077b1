"""Releases below one directory: name/versions/<version>, a link name/current, and a history.

The link is replaced by a rename: whoever starts the service sees the old release or the new one, never half.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from functions.adapters import unzip
from functions.adapters.unzip import Most
from functions.ports import Deployed
from subjects import codec
from subjects.errors import Conflict, Forbidden, InvalidInput, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,62}\Z")
_MOST = Most(20_000, 500 << 20)
_DIGEST = ".release"
_NO_ROOT = "nothing is deployed from here: REVOAGENT_DEPLOY names no directory"


class Switch(Struct, frozen=True):
    """A line of the history."""

    version: str
    before: str
    at: str
    task: str


class LocalDeployments:
    """Implements `functions.ports.Deployments` below `root`; None: everything is Forbidden."""

    def __init__(self, root: Path | None) -> None:
        self.root = root

    async def state(self, name: str) -> Deployed:
        """What is there of a service."""
        return await asyncio.to_thread(_state, self._home(name))

    async def stage(self, name: str, version: str, files: Mapping[str, bytes], wheel: bytes) -> Path:
        """A release in its own directory."""
        place = self._home(name) / "versions" / _checked(version)
        return await asyncio.to_thread(_staged, place, files, wheel)

    async def directory(self, name: str, version: str) -> Path:
        """The directory of a release."""
        place = self._home(name) / "versions" / _checked(version)
        if not await asyncio.to_thread((place / _DIGEST).is_file):
            raise NotFound(f"there is no release {version} of {name} here")
        return place

    async def switch(self, name: str, version: str, task: str) -> Deployed:
        """Let `current` lead to a release."""
        await self.directory(name, version)
        return await asyncio.to_thread(_switched, self._home(name), version, task)

    async def discard(self, name: str, version: str) -> None:
        """Remove a release that does not run."""
        home = self._home(name)
        await asyncio.to_thread(_discarded, home, _checked(version))

    def _home(self, name: str) -> Path:
        if self.root is None:
            raise Forbidden(_NO_ROOT)
        return self.root / _checked(name)


def _checked(name: str) -> str:
    if _NAME.match(name) is None or ".." in name:
        raise InvalidInput(f"{name[:100]!r} can be no name of a directory")
    return name


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One change of a service at a time, by whatever process."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _state(home: Path) -> Deployed:
    versions = home / "versions"
    found = (
        sorted(own.name for own in versions.iterdir() if (own / _DIGEST).is_file())
        if versions.is_dir()
        else []
    )
    current = _current(home)
    before = [line.before for line in _history(home) if line.version == current]
    return Deployed(current, before[-1] if before else "", found)


def _current(home: Path) -> str:
    link = home / "current"
    return link.readlink().name if link.is_symlink() else ""


def _history(home: Path) -> list[Switch]:
    try:
        lines = (home / "history.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [msgspec.json.decode(line, type=Switch) for line in lines if line.strip()]


def _staged(place: Path, files: Mapping[str, bytes], wheel: bytes) -> Path:
    digest = hashlib.sha256(wheel)
    for name, data in sorted(files.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    told = digest.hexdigest()
    with _alone(place.parent.parent):
        if (place / _DIGEST).is_file():
            if (place / _DIGEST).read_text() != told:
                raise Conflict(
                    f"release {place.name} is there already, with other content; give it a new version"
                )
            return place
        place.parent.mkdir(exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
        try:
            _filled(made, files, wheel)
            (made / _DIGEST).write_text(told)
            made.chmod(0o755)
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return place


def _filled(made: Path, files: Mapping[str, bytes], wheel: bytes) -> None:
    for name, data in files.items():
        if not unzip.safe(name) or PurePosixPath(name).parts[0] in ("site", _DIGEST):
            raise InvalidInput(f"a release holds no file {name[:200]!r}")
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if data.startswith(b"#!") else 0o644)
    (made / "site").mkdir()
    unzip.unzip(wheel, made / "site", _MOST)


def _switched(home: Path, version: str, task: str) -> Deployed:
    with _alone(home):
        before = _current(home)
        if before != version:
            line = msgspec.json.encode(Switch(version, before, codec.now().isoformat(), task))
            fresh = home / f".current-{os.getpid()}"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(Path("versions") / version)
            with (home / "history.jsonl").open("ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(home / "current")
        return _state(home)


def _discarded(home: Path, version: str) -> None:
    with _alone(home):
        if _current(home) == version:
            raise Conflict(f"release {version} is the one that runs")
        shutil.rmtree(home / "versions" / version, ignore_errors=True)
