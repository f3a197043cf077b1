"""The words of a bubblewrap call. Nothing here runs anything.

As an ordinary user one call does it: new namespaces, no capabilities, the system read-only, one directory to
write.

As root it depends. RLIMIT_NPROC does not bind for root, so foreign code first becomes `nobody`. But `nobody`
cannot pass through a home of mode 0700 to reach the interpreter or the project. So a first bubblewrap mounts
the same things below passable directories, and a second one, run as `nobody` inside, closes the sandbox. Our
own static readers stay root, without capabilities: they read what only root may, and do not multiply.
"""

import math
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from functions.ports import Command, Limits

NOBODY = 65534
TMP = "/tmp"  # noqa: S108 - the one inside, made for each run
TMP_SIZE = 256 << 20
"""Bytes of /tmp inside; it lives in memory."""

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_FILES = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
_CLOSED = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv",
    "--cap-drop", "ALL", "--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox",
)  # fmt: skip
_AS_NOBODY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs",
)  # fmt: skip


def interpreter() -> tuple[Path, ...]:
    """The directories of the running Python: its environment, and the installation that it was made from."""
    real = Path(os.path.realpath(sys.executable)).parent.parent
    found = {
        Path(sys.prefix).resolve(),
        Path(sys.base_prefix).resolve(),
        real,
        Path(sys.executable).parent.parent,
    }
    return tuple(sorted(path for path in found if path != Path("/") and not path.is_relative_to("/usr")))


def words(command: Command, environment: dict[str, str], *, as_root: bool) -> list[str]:
    """The whole argument list for `command`."""
    view = _mounts(command)
    inside = [*_variables(environment), "--chdir", str(command.work or TMP), "--", *limits(command.limits)]
    closed = ["bwrap", *_CLOSED, *view, "--proc", "/proc", "--dev", "/dev", *inside, *command.argv]
    if not (as_root and command.foreign):
        return closed
    outer = [
        "bwrap",
        "--die-with-parent",
        *view,
        "--dev-bind",
        "/dev",
        "/dev",
        "--bind",
        "/proc",
        "/proc",
        "--",
    ]
    return [*outer, *_AS_NOBODY, *closed]


def limits(own: Limits) -> list[str]:
    """`prlimit` with everything that a command may use."""
    return [
        "prlimit", f"--as={own.memory}", f"--nproc={own.processes}", f"--fsize={own.file_size}",
        f"--cpu={math.ceil(own.seconds) + 1}", "--nofile=1024", "--core=0", "--",
    ]  # fmt: skip


def _variables(environment: dict[str, str]) -> list[str]:
    return [word for key, value in sorted(environment.items()) for word in ("--setenv", key, value)]


def _mounts(command: Command) -> list[str]:
    """What is seen inside. /tmp comes first: a project or an interpreter may lie below it."""
    found = ["--size", str(TMP_SIZE), "--perms", "1777", "--tmpfs", TMP, "--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM:
        path = Path("/") / name
        if path.is_symlink():
            found += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            found += ["--ro-bind", str(path), str(path)]
    found += ["--perms", "0755", "--dir", "/etc"]
    for file in _FILES:
        found += ["--ro-bind-try", file, file]
    reads = (*interpreter(), *command.reads)
    found += _ancestors((*reads, *([command.work] if command.work else [])))
    for path in reads:
        found += ["--ro-bind", str(path), str(path)]
    if command.work is not None:
        found += ["--bind", str(command.work), str(command.work)]
    return found


def _ancestors(paths: Iterable[Path]) -> list[str]:
    """Passable directories above each path: bubblewrap itself makes them 0700."""
    above = {parent for path in paths for parent in path.parents} - {Path("/"), Path(TMP)}
    needed = sorted(path for path in above if not path.is_relative_to("/usr"))
    return [word for path in needed for word in ("--perms", "0755", "--dir", str(path))]
