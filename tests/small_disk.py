"""A disk of a few megabytes, to be filled: a real one, where this user may mount it."""

import os
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """A folder on a file system of its own."""

    def __init__(self, place: Path, megabytes: int) -> None:
        self.place = place
        place.mkdir()
        made = self._run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place))
        if made.returncode:
            pytest.skip("this user may not mount a disk of its own")

    def free(self) -> int:
        """Bytes that are left."""
        found = os.statvfs(self.place)
        return found.f_bavail * found.f_bsize

    def grow(self, megabytes: int) -> None:
        """Make room."""
        assert not self._run("mount", "-o", f"remount,size={megabytes}m", str(self.place)).returncode

    def close(self) -> None:
        """Take it away."""
        self._run("umount", "-l", str(self.place))

    def _run(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(words, check=False, capture_output=True)
