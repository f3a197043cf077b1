"""Directories to read."""

from pathlib import Path
from typing import Protocol


class Projects(Protocol):
    """Gives functions a directory to read, from an allowed path or a packed project."""

    async def directory(self, path: str | None, archive: str | None) -> Path:
        """The project as a directory.

        ForbiddenPath outside the allowed roots (links that lead out included).
        """
        ...
