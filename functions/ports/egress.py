"""The way out to other machines' web servers: one gate, which checks where each connection really goes."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

Verdict = Literal["made", "refused", "failed"]


class Ways(Struct, frozen=True):
    """What the settings of a machine open and close; a task cannot change it.

    `hosts`: only these, all public ones where empty. `private`: what is opened though it is not public, as
    host:port or as a network. `services`: URLs of our own, never reached.
    """

    hosts: Sequence[str] = ()
    private: Sequence[str] = ()
    services: Sequence[str] = ()


class Bounds(Struct, frozen=True):
    """What may pass a gate while it is open: only `hosts`, every public one where empty; never `closed`."""

    hosts: Sequence[str] = ()
    closed: Sequence[str] = ()
    most_bytes: int = 64 << 20
    most_connections: int = 500
    at_once: int = 32
    idle: float = 30.0


class Decision(Struct, frozen=True):
    """What the gate said to one connection."""

    host: str
    port: int
    address: Annotated[str, Meta(description="Where the name led to; empty where it was not looked up.")]
    verdict: Verdict
    reason: Annotated[str, Meta(description="Why it was refused, or failed; empty where it was made.")]
    count: int = 1


class Gate(Protocol):
    """An open gate: an HTTP proxy (CONNECT and plain) on a unix socket."""

    @property
    def socket(self) -> Path:
        """Where it listens."""
        ...

    @property
    def decisions(self) -> list[Decision]:
        """What it said so far, equal ones counted together, the latest last."""
        ...

    @property
    def passed(self) -> int:
        """Bytes that passed, both ways together."""
        ...

    @property
    def exhausted(self) -> str:
        """Which bound was met; empty where none was."""
        ...


class Egress(Protocol):
    """Opens gates. What they refuse is fixed by this machine's settings; a task can only narrow it."""

    @property
    def ways(self) -> Ways:
        """The settings."""
        ...

    def opened(self, directory: Path, bounds: Bounds) -> AbstractAsyncContextManager[Gate]:
        """A gate whose socket is in `directory`, closed with all its connections when the context ends."""
        ...
