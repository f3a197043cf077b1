"""Where programs run on this machine: bubblewrap where it works, resource limits where it does not.

    sandbox = await LocalSandbox.probe()
    outcome = await sandbox.run(Command(["python3", "--version"]))

The level is found once, by really running something. `reason` says why it is no better and what mends it.
"""

import asyncio
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

from functions.adapters import bwrap, processes
from functions.ports import Command, Limits, Outcome, SandboxLevel
from subjects.errors import SandboxUnavailable

MOST_OUTPUT = 64 << 20
"""Bytes that a program may write to both its streams; above that it is killed and the outcome says so."""

_PROBE = Command(["true"], foreign=True, limits=Limits(seconds=10))


class LocalSandbox:
    """Runs programs apart from this process; made by `probe`."""

    def __init__(self, level: SandboxLevel, reason: str = "", most_output: int = MOST_OUTPUT) -> None:
        self.level: SandboxLevel = level
        self.reason = reason
        self._most_output = most_output

    @classmethod
    async def probe(cls, wanted: SandboxLevel = "bwrap") -> "LocalSandbox":
        """The best level that works here, at most the one that is wanted."""
        if os.name != "posix":
            return cls("none", "there are no process limits on this system; run it in a Linux container")
        if wanted != "bwrap":
            return cls(wanted, f"the level {wanted} was asked for")
        reason = _missing()
        if not reason:
            outcome = await cls("bwrap").run(_PROBE)
            if outcome.code == 0:
                return cls("bwrap")
            reason = _explained(outcome)
        return cls("rlimits", reason)

    async def run(self, command: Command) -> Outcome:
        """How the program ended; SandboxUnavailable where foreign code has no sandbox."""
        if self.level == "none" or (command.foreign and self.level != "bwrap"):
            raise SandboxUnavailable(f"this runs foreign code, and there is no sandbox here: {self.reason}")
        environment = _environment(command)
        if self.level == "bwrap":
            as_root = os.geteuid() == 0
            if as_root and command.foreign and command.work is not None:
                await asyncio.to_thread(_given_away, command.work)
            argv = bwrap.words(command, environment, as_root=as_root)
        else:
            argv = _limited(command)
        return await processes.run(
            argv,
            environment,
            command.work or Path(tempfile.gettempdir()),
            command.stdin,
            seconds=command.limits.seconds,
            most_output=self._most_output,
        )


def _given_away(work: Path) -> None:
    """Everything in a directory belongs to the one who is to write there."""
    for folder, folders, files in os.walk(work, followlinks=False):
        for path in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):  # noqa: PTH118 - many of them
            if os.lstat(path).st_uid != bwrap.NOBODY:
                os.chown(path, bwrap.NOBODY, bwrap.NOBODY, follow_symlinks=False)


def _limited(command: Command) -> list[str]:
    """The program under `ulimit`, which every POSIX shell has; an unknown limit is left out.

    No limit on processes: without a namespace it would count everything else that this user runs.
    """
    own = command.limits
    set_each = (
        f"ulimit -c 0; ulimit -t {math.ceil(own.seconds) + 1}; ulimit -f {own.file_size // 512}; "
        f"ulimit -n 1024; ulimit -v {own.memory // 1024}"
    )
    return ["/bin/sh", "-c", "{ " + set_each + '; } 2>/dev/null; exec "$@"', "sh", *command.argv]


def _environment(command: Command) -> dict[str, str]:
    """Nothing of ours goes in: only what a program needs to find others and to speak UTF-8."""
    places = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    home = str(command.work or tempfile.gettempdir())
    plain = {
        "PATH": ":".join(places),
        "HOME": home,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
    return {**plain, **command.environment}


def _missing() -> str:
    if not sys.platform.startswith("linux"):
        return f"bubblewrap needs Linux, this is {sys.platform}; run it in a Linux container"
    lacking = [name for name in ("bwrap", "prlimit", "setpriv") if shutil.which(name) is None]
    if "bwrap" in lacking:
        return "bubblewrap is not installed: apt install bubblewrap"
    return f"{' and '.join(lacking)} not found: apt install util-linux" if lacking else ""


def _explained(outcome: Outcome) -> str:
    said = outcome.stderr.decode("utf-8", "replace").strip()[:300] or f"exit code {outcome.code}"
    if "uid map" in said or "Operation not permitted" in said or "No permissions to create" in said:
        return (
            f"bubblewrap may not make user namespaces here ({said}): allow them with "
            "`sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu give bwrap an AppArmor profile with "
            "`userns,`; a container needs a seccomp profile that permits unshare"
        )
    return f"bubblewrap does not work here: {said}"
