"""Which files of a project are read. One answer for every agent, for packing, and for the counts in a report.

Nothing is dropped in silence: what is left out stands in `skipped` with its reason, except the directories
that hold no source of the project itself: `.git`, environments, caches.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Annotated

from msgspec import Meta, Struct

IGNORED = frozenset(
    (
        ".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", "__pycache__", ".tox", ".nox", ".eggs",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", ".cache",
        ".idea", ".vscode", ".revo", "htmlcov", "site-packages",
    )
)  # fmt: skip
"""Directories that are never entered, wherever they are."""

IGNORED_AT_TOP = frozenset(("build", "dist", "target"))
"""Build output; deeper down these may be packages of the project."""

MOST_BYTES = 1 << 20
MOST_FILES = 20_000


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project to read: a directory of this machine, or a packed one."""

    path: Annotated[str | None, Meta(description="A directory below one of the allowed roots.")] = None
    archive: Annotated[
        str | None, Meta(description="projects/<sha256>, as `pack` and an upload made it.")
    ] = None

    def __post_init__(self) -> None:
        if (self.path is None) == (self.archive is None):
            raise ValueError("give either path or archive")


class Entry(Struct, frozen=True):
    """One file below a project directory. `reason` is empty where it may be read."""

    path: str
    size: int
    reason: str = ""


class Sources(Struct, frozen=True):
    """The Python files of a project that are read, and those that are not."""

    files: tuple[Entry, ...]
    skipped: tuple[Entry, ...]

    @property
    def names(self) -> list[str]:
        """Their paths below the project, in order."""
        return [entry.path for entry in self.files]

    def notes(self) -> list[str]:
        """What was left out, in sentences.

        >>> Sources((), (Entry("a.py", 5, "a symbolic link"), Entry("b.py", 5, "a symbolic link"))).notes()
        ['2 files not read, a symbolic link: a.py, b.py']
        """
        found: list[str] = []
        for reason, count in Counter(entry.reason for entry in self.skipped).most_common():
            names = [entry.path for entry in self.skipped if entry.reason == reason]
            more = f" and {count - 5} more" if count > 5 else ""
            found.append(f"{count} file{'s' * (count != 1)} not read, {reason}: {', '.join(names[:5])}{more}")
        return found


def find(directory: Path, names: Sequence[str] | None = None) -> Sources:
    """The Python files below `directory`; with `names`, just those of them."""
    wanted = None if names is None else {str(PurePosixPath(name)) for name in names}
    files: list[Entry] = []
    skipped: list[Entry] = []
    for entry in walk(directory):
        if not entry.path.endswith((".py", ".pyi")) or (wanted is not None and entry.path not in wanted):
            continue
        too_many = "" if len(files) < MOST_FILES else f"more than {MOST_FILES} files"
        reason = entry.reason or too_many
        (skipped if reason else files).append(Entry(entry.path, entry.size, reason))
    missing = (wanted or set()) - {entry.path for entry in (*files, *skipped)}
    skipped.extend(Entry(name, 0, "not among the project's sources") for name in sorted(missing))
    return Sources(tuple(files), tuple(skipped))


def walk(directory: Path, most_bytes: int = MOST_BYTES) -> Iterator[Entry]:
    """Every file below `directory` in a fixed order. No link is followed."""
    for folder, folders, files in os.walk(directory, followlinks=False):
        here = Path(folder).relative_to(directory)
        at_top = here == Path()
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(
            name for name in folders if name not in links and not _ignored(folder, name, at_top=at_top)
        )
        for name in sorted([*files, *links]):
            yield _entry(directory, (here / name).as_posix(), most_bytes)


def is_test(path: str) -> bool:
    """Whether a file only tests the others.

    >>> is_test("tests/unit/sample.py"), is_test("pkg/test_a.py"), is_test("pkg/testing.py")
    (True, True, False)
    """
    parts = PurePosixPath(path).parts
    name = parts[-1]
    named = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return named or not {"tests", "test"}.isdisjoint(parts[:-1])


def _ignored(folder: str, name: str, *, at_top: bool) -> bool:
    if name in IGNORED or name.endswith(".egg-info"):
        return True
    if at_top and name in IGNORED_AT_TOP:
        return not (Path(folder) / name / "__init__.py").exists()
    return (Path(folder) / name / "pyvenv.cfg").exists()


def _entry(directory: Path, path: str, most_bytes: int) -> Entry:
    shown = path.encode("utf-8", "replace").decode()
    if shown != path:
        return Entry(shown, 0, "its name is not UTF-8")
    try:
        status = (directory / path).lstat()
    except OSError as error:
        return Entry(path, 0, f"cannot be looked at ({error.strerror})")
    if (directory / path).is_symlink():
        return Entry(
            path, 0, "a symbolic link" if _inside(directory, path) else "a symbolic link that leads out"
        )
    if not S_ISREG(status.st_mode):
        return Entry(path, 0, "not an ordinary file")
    if status.st_size > most_bytes:
        return Entry(path, status.st_size, f"larger than {most_bytes >> 20} MB")
    if not os.access(directory / path, os.R_OK):
        return Entry(path, status.st_size, "no permission")
    return Entry(path, status.st_size)


def _inside(directory: Path, path: str) -> bool:
    try:
        return (directory / path).resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError):
        return False
