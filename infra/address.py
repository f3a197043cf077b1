"""Where a running stack is: written beside its state while it runs, found from any directory below it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from subjects import errors

FILE = "up.json"


class Address(Struct, frozen=True, omit_defaults=True):
    """How to reach a stack: the first line of `revo up -o json`."""

    nats: str
    state: str
    pid: int
    started_at: str
    http: str | None = None
    monitor: str | None = None
    server_pid: int | None = None
    parts: dict[str, int] = {}
    roots: list[str] = []

    @property
    def alive(self) -> bool:
        """Whether the `revo up` that wrote this still runs."""
        return _runs(self.pid)


def read(state: Path) -> Address | None:
    """What the last `revo up` on a state directory wrote, whether it still runs or not."""
    try:
        return msgspec.json.decode((state / FILE).read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return None


def write(state: Path, address: Address) -> None:
    """Make an address known; a reader sees the old one or the new one, never a half."""
    new = state / f"{FILE}.{os.getpid()}"
    new.write_bytes(msgspec.json.format(msgspec.json.encode(address)) + b"\n")
    new.replace(state / FILE)


def forget(state: Path) -> None:
    """Take the address back, where it is ours."""
    own = read(state)
    if own is not None and own.pid == os.getpid():
        (state / FILE).unlink(missing_ok=True)


def find(state: Path, here: Path) -> Address | None:
    """The stack that runs on `state`, else the nearest one of a .revo in `here` or above."""
    for place in (state, *(folder / ".revo" for folder in (here, *here.parents))):
        known = read(place)
        if known is not None and known.alive:
            return known
    return None


@contextlib.contextmanager
def claimed(state: Path) -> Iterator[None]:
    """The state directory for us alone, made where it is missing. Conflict where another `revo up` has it."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.Conflict(_taken(state)) from None
        yield


def _taken(state: Path) -> str:
    other = read(state)
    who = "another `revo up`" if other is None else f"`revo up` with pid {other.pid}"
    at = f" at {other.http}" if other is not None and other.http else ""
    return f"{who} runs on {state} already{at}; stop it, or give this one a REVOAGENT_STATE of its own"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
