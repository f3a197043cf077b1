"""Where releases are put on this machine: versioned directories, and a link to the one that runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Protocol

from msgspec import Meta, Struct


class Deployed(Struct, frozen=True):
    """What is there of one service."""

    current: Annotated[str, Meta(description="The version that the link leads to; empty for none.")]
    previous: Annotated[str, Meta(description="The version before it; empty for none.")]
    versions: list[str]


class Deployments(Protocol):
    """Puts releases below the one directory that this machine's settings name."""

    @property
    def root(self) -> Path | None:
        """The directory; None where the settings name none, and everything else below raises Forbidden."""
        ...

    async def state(self, name: str) -> Deployed:
        """What is there."""
        ...

    async def stage(self, name: str, version: str, files: Mapping[str, bytes], wheel: bytes) -> Path:
        """The files and the unpacked wheel (in `site`) in a directory of their own; nothing runs from it yet.

        The same again is fine; a version with other content is a Conflict.
        """
        ...

    async def directory(self, name: str, version: str) -> Path:
        """The directory of a staged version; NotFound where there is none."""
        ...

    async def switch(self, name: str, version: str, task: str) -> Deployed:
        """Let the link lead to a version, at once for everyone who looks; kept in the history."""
        ...

    async def discard(self, name: str, version: str) -> None:
        """Remove a version that was staged and is not the current one."""
        ...
