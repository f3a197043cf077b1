"""Programs, run apart from the worker, within limits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

SandboxLevel = Literal["bwrap", "rlimits", "none"]


class Limits(Struct, frozen=True):
    """What a child process may use."""

    seconds: float = 60.0
    memory: int = 1 << 30
    file_size: int = 64 << 20
    processes: int = 64


class Command(Struct, frozen=True):
    """A program to run: its words, what it may read and write, and its limits.

    It starts in `work`, the one directory that it may write, under the path that it has outside. What is
    in `reads` has its path from outside too.
    """

    argv: Sequence[str]
    reads: Sequence[Path] = ()
    work: Path | None = None
    stdin: bytes = b""
    environment: Mapping[str, str] = {}
    foreign: bool = False
    limits: Limits = Limits()


class Outcome(Struct, frozen=True):
    """How a program ended. `code` is None where it was killed; `stopped` says for which limit."""

    code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: Literal["", "time", "output"] = ""


class Sandbox(Protocol):
    """Runs programs apart from us.

    `foreign=True` code needs a real sandbox; static readers run under rlimits.
    """

    @property
    def level(self) -> SandboxLevel:
        """How well programs are kept apart here."""
        ...

    @property
    def reason(self) -> str:
        """Why it is no better, with the command that mends it; empty where all is well."""
        ...

    async def run(self, command: Command) -> Outcome:
        """Run to the end or the limits; SandboxUnavailable where foreign code has no sandbox."""
        ...
