"""Which Python runs a project's code: the worker's own, or one of the project below the allowed roots."""

import asyncio
import sys
from pathlib import Path

from msgspec import Struct

from functions.context import Context
from subjects.errors import ForbiddenPath, InvalidInput, NotFound


class Interpreter(Struct, frozen=True):
    """A Python, and the directories that it needs to see."""

    path: str
    reads: tuple[Path, ...] = ()

    @property
    def without(self) -> list[str]:
        """Options for pytest that leave plugins out which came with us or our tools, not with the project."""
        ours = ("revoagent", "faker", "typeguard") if self.path == sys.executable else ("revoagent",)
        return [word for name in ours for word in ("-p", f"no:{name}")]


async def chosen(given: str, ctx: Context) -> Interpreter:
    """The interpreter at `given` (a python of an environment, below an allowed root); the worker's for ""."""
    if not given:
        return Interpreter(sys.executable)
    place = Path(given)
    if not place.name.startswith("python"):
        raise InvalidInput(f"{place.name[:60]!r} is no Python: give the path of an environment's bin/python")
    environment = await ctx.projects.directory(str(place.parent.parent), None)
    return await asyncio.to_thread(_checked, environment, environment / place.parent.name / place.name, given)


def _checked(environment: Path, own: Path, given: str) -> Interpreter:
    if not own.exists():
        raise NotFound(f"there is no interpreter {given[:200]!r}")
    home = _home(environment) or own.resolve().parent
    known = (Path("/usr"), *(Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)))
    if not any(own.resolve().is_relative_to(root) and home.is_relative_to(root) for root in known):
        raise ForbiddenPath(
            f"the Python under {given[:200]!r} lies at {own.resolve()}, which programs may not read here: "
            "make the environment with a Python below /usr, or with the worker's"
        )
    return Interpreter(str(own), (environment,))


def _home(environment: Path) -> Path | None:
    """Where the installation lies that an environment was made from."""
    try:
        text = (environment / "pyvenv.cfg").read_text("utf-8", "replace")
    except OSError:
        return None
    lines = (line.partition("=") for line in text.splitlines())
    found = next((value.strip() for key, _, value in lines if key.strip() == "home"), "")
    return Path(found).resolve() if found else None
