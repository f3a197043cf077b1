"""What git knows of a project: its commits, and its files at a revision. Nothing of the repository is run.

A repository is foreign data that can name programs: hooks, filters, textconv, a file system monitor, a
signature checker, a remote to fetch missing objects from. So git is told to use none of them, runs in the
sandbox without a network, and sees the repository read-only; files of a revision are read as blobs, past
every filter.
"""

import re
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from functions.agents import reading
from functions.agents.reading import Ran
from functions.context import Context
from functions.ports import Command, Limits
from functions.sources import Target
from subjects.errors import ForbiddenPath, InvalidInput, NotFound

LIMITS = Limits(seconds=60, memory=2 << 30)
MOST_COMMITS = 20_000
FORMAT = "%x1e%H%x1f%cI%x1f%P%x1f%B%x1d"
"""How git writes a commit for `read`: its control characters cannot be typed into a message."""

Revision = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/@{}^~+-]{0,199}$",
        description="A commit, tag or branch of its git.",
    ),
]

_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.pager=cat",
    "log.showSignature=false", "log.mailmap=false", "protocol.allow=never", "gc.auto=0",
    "core.untrackedCache=false", "diff.external=", "core.sshCommand=false", "gpg.program=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
}


class Repository(Struct, frozen=True):
    """A git repository, and the project's place in it (empty: all of it)."""

    directory: Path
    inside: str = ""


class Commit(Struct, frozen=True):
    """One commit. `files` are paths below the project, where they were asked for."""

    id: str
    date: str
    parents: int
    message: str
    files: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """Its first line."""
        return self.message.strip().partition("\n")[0].strip()


async def found(ctx: Context, target: Target, directory: Path) -> Repository | None:
    """The repository that holds the project, looked for upwards as far as functions may read."""
    for place in (directory, *directory.parents):
        if place != directory:
            if target.path is None:
                return None
            try:
                await ctx.projects.directory(str(place), None)
            except (ForbiddenPath, NotFound):
                return None
        marker = place / ".git"
        if marker.is_symlink() or marker.is_file():
            raise InvalidInput(f"{place.name}/.git leads elsewhere: give the path of the main working tree")
        if (marker / "HEAD").is_file():
            inside = directory.relative_to(place).as_posix()
            return Repository(place, "" if inside == "." else inside)
    return None


async def needed(ctx: Context, target: Target, directory: Path) -> Repository:
    """As `found`; NotFound where there is none."""
    repository = await found(ctx, target, directory)
    if repository is None:
        raise NotFound(f"{directory.name} is in no git repository that functions may read")
    return repository


def command(repository: Repository, words: list[str], *, foreign: bool = False) -> Command:
    """A run of git that reads the repository and obeys nothing that stands in it."""
    return Command(argv(repository, words), (repository.directory,), None, b"", _ENVIRONMENT, foreign, LIMITS)


def argv(repository: Repository, words: list[str]) -> list[str]:
    """The words of such a call."""
    safe = [word for value in _SAFE for word in ("-c", value)]
    place = str(repository.directory)
    return ["git", *safe, "-c", f"safe.directory={place}", f"--git-dir={place}/.git", "--no-pager", *words]


def environment() -> dict[str, str]:
    """What such a call needs around it."""
    return dict(_ENVIRONMENT)


async def run(ctx: Context, repository: Repository, words: list[str]) -> Ran:
    """Git's output; without bubblewrap a repository counts as foreign code, and is not read at all."""
    own = command(repository, words, foreign=ctx.sandbox.level != "bwrap")
    return await reading.run(ctx, "git", "", own)


async def version(ctx: Context) -> str:
    """The version of the git that is installed; empty where there is none."""
    outcome = await ctx.sandbox.run(Command(["git", "--version"], limits=LIMITS))
    return outcome.stdout.decode("utf-8", "replace").removeprefix("git version").strip()


async def resolved(ctx: Context, repository: Repository, revision: str) -> str:
    """The full id of a commit; NotFound where the repository has no such revision."""
    ran = await run(
        ctx, repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    )
    id = ran.output.decode("ascii", "replace").strip()
    if ran.tool.status != "ran" or not re.fullmatch(r"[0-9a-f]{40,64}", id):
        raise NotFound(f"the repository has no revision {revision!r}")
    return id


async def last_tag(ctx: Context, repository: Repository, before: str) -> str | None:
    """The tag nearest below a commit, itself left out; None where there is none."""
    ran = await run(ctx, repository, ["describe", "--tags", "--abbrev=0", "--end-of-options", f"{before}^"])
    return ran.output.decode("utf-8", "replace").strip() or None


async def commits(
    ctx: Context, repository: Repository, since: str | None, until: str, *, files: bool = False
) -> tuple[Ran, list[Commit]]:
    """Commits of `since..until` that touch the project, newest first; both are full ids."""
    span = until if since is None else f"{since}..{until}"
    words = ["log", "-z", f"--max-count={MOST_COMMITS}", f"--format={FORMAT}"]
    words += ["--no-renames", "--name-only", "--no-ext-diff", "--no-textconv"] if files else []
    ran = await run(
        ctx, repository, [*words, span, "--", *([repository.inside] if repository.inside else [])]
    )
    return ran, read(ran.output.decode("utf-8", "replace"), repository.inside)


def read(output: str, inside: str = "") -> list[Commit]:
    r"""The commits in git's output.

    >>> read("\x1eab\x1f2026-01-02T00:00:00Z\x1fcd\x1fFix it\n\nBody\x1d\0\na.py\0b.py\0")[0].files
    ('a.py', 'b.py')
    """
    prefix = f"{inside}/" if inside else ""
    return [
        Commit(id, date, len(parents.split()), message, tuple(_files(files, prefix)))
        for id, date, parents, message, files in map(_parts, output.split("\x1e")[1:])
    ]


def _parts(record: str) -> tuple[str, str, str, str, str]:
    head, _, files = record.partition("\x1d")
    id, date, parents, message = (*head.split("\x1f", 3), "", "", "")[:4]
    return id, date, parents, message, files


def _files(text: str, prefix: str) -> list[str]:
    names = (name.strip("\n") for name in text.split("\0"))
    return [name.removeprefix(prefix) for name in names if name and name.startswith(prefix)]
