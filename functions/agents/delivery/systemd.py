"""Units of systemd, checked by systemd itself."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from functions.agents import reading
from functions.context import Context
from functions.findings import Finding, ToolRun
from functions.ports import Command, Limits

_LIMITS = Limits(seconds=30, memory=1 << 30)
_SAID = re.compile(r"^(?P<path>\S+\.service)(?::(?P<line>\d+))?: (?P<message>.+)$")
_VERIFY = 'mkdir -p /run/systemd/system && exec systemd-analyze verify --man=no "$@"'
"""It makes a directory there before it reads anything; in the sandbox there is no /run."""
_ELSEWHERE = ("Command ", "Unit configuration has fatal error")
"""What it says of the machine that it runs on, not of the unit."""


async def verified(ctx: Context, units: dict[str, str]) -> tuple[list[Finding], ToolRun]:
    """Findings of `systemd-analyze verify`, and whether it ran."""
    if shutil.which("systemd-analyze") is None:
        return [], ToolRun("systemd-analyze", "", "missing", "not found: apt install systemd")
    work = await asyncio.to_thread(lambda: Path(tempfile.mkdtemp(prefix="revo-units-")).resolve())
    try:
        named = await asyncio.to_thread(_written, work, units)
        command = Command(["sh", "-c", _VERIFY, "sh", *named], (), work, limits=_LIMITS)
        ran = await reading.run(ctx, "systemd-analyze", "", command, fine=(0, 1))
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, work, ignore_errors=True))
    known = {PurePosixPath(path).name for path in named}
    strange = [line for line in ran.errors.splitlines() if not any(name in line for name in known)]
    if strange:
        # It ends with 1 both where a unit is wrong and where it could not look at any.
        return [], replace(ran.tool, status="failed", reason=strange[0][:300])
    return _findings(ran.errors, named), ran.tool


def _written(work: Path, units: dict[str, str]) -> dict[str, str]:
    """Each unit in a file of its own; what its path says is the name in the project."""
    found: dict[str, str] = {}
    for number, (name, text) in enumerate(units.items()):
        folder = work / str(number)
        folder.mkdir()
        last = re.sub(r"[^A-Za-z0-9_.@-]", "_", PurePosixPath(name).name)
        (folder / last).write_text(text)
        found[str(folder / last)] = name
    return found


def _findings(errors: str, named: dict[str, str]) -> list[Finding]:
    found: list[Finding] = []
    for line in errors.splitlines():
        said = _SAID.match(line)
        if said is None or said["message"].startswith(_ELSEWHERE):
            continue
        name = named.get(said["path"]) or next(
            (own for path, own in named.items() if path.endswith(f"/{said['path']}")), ""
        )
        if name:
            message = said["message"]
            where = int(said["line"] or 0)
            found.append(Finding("systemd-analyze", "unit", "medium", "high", name, where, message))
    return found
