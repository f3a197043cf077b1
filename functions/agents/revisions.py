"""Another state of a project as a directory: a second path, an archive, or a revision of its git."""

import sys
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, json

from functions.agents import history, reading
from functions.agents.history import Revision
from functions.context import Context
from functions.ports import Command, Limits
from functions.sources import Target
from subjects.errors import InvalidInput, PayloadTooLarge

PROGRAM = Path(__file__).with_name("checkout.py")
LIMITS = Limits(seconds=120, memory=2 << 30, file_size=100 << 20)


class Version(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One state of a project. Exactly one of the three."""

    path: str | None = None
    archive: Annotated[str | None, Meta(description="projects/<sha256>.")] = None
    revision: Annotated[Revision | None, Meta(description="Of the git repository the project is in.")] = None

    def __post_init__(self) -> None:
        if sum(own is not None for own in (self.path, self.archive, self.revision)) != 1:
            raise ValueError("give one of path, archive and revision")


async def materialised(ctx: Context, target: Target, version: Version, into: Path) -> Path:
    """The directory of that state; a revision is written into `into`, which its caller removes."""
    if version.revision is None:
        return await ctx.projects.directory(version.path, version.archive)
    directory = await ctx.projects.directory(target.path, target.archive)
    repository = await history.needed(ctx, target, directory)
    commit = await history.resolved(ctx, repository, version.revision)
    place = into / directory.name
    place.mkdir(parents=True)
    question = {
        "git": history.argv(repository, []),
        "environment": history.environment(),
        "tree": f"{commit}:{repository.inside}" if repository.inside else commit,
    }
    command = Command(
        [sys.executable, "-I", str(PROGRAM)], (PROGRAM.parent, repository.directory), place,
        json.encode(question), foreign=ctx.sandbox.level != "bwrap", limits=LIMITS,
    )  # fmt: skip
    ran = await reading.run(ctx, "git", "", command)
    if ran.tool.status != "ran":
        if "too large" in ran.errors or "too large" in ran.tool.reason:
            raise PayloadTooLarge(f"revision {version.revision} is too large to be written out")
        raise InvalidInput(f"revision {version.revision} cannot be read: {ran.tool.reason}")
    return place
