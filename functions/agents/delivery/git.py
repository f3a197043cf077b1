"""What git says of a project, with everything off by which a repository could run a program."""

from pathlib import Path

from msgspec import Struct

from functions.context import Context
from functions.ports import Command, Limits

_CONFIG = {
    "safe.directory": "*",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.attributesFile": "/dev/null",
    "protocol.allow": "never",
    "diff.external": "",
    "submodule.recurse": "false",
}
_LIMITS = Limits(seconds=30, memory=1 << 30)


class Said(Struct, frozen=True):
    """The answer of one git command. `why` is empty where it answered."""

    text: str
    why: str = ""


def environment() -> dict[str, str]:
    """Neither the machine's settings nor the user's count, and these count more than the repository's."""
    found = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_COUNT": str(len(_CONFIG)),
    }
    for number, (key, value) in enumerate(_CONFIG.items()):
        found[f"GIT_CONFIG_KEY_{number}"] = key
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    return found


async def asked(ctx: Context, directory: Path, *words: str) -> Said:
    """One command in the sandbox, which can read the project and write nothing."""
    command = Command(
        ["git", "-C", str(directory), *words], (directory,), None, environment=environment(), foreign=True,
        limits=_LIMITS,
    )  # fmt: skip
    outcome = await ctx.sandbox.run(command)
    text = outcome.stdout.decode("utf-8", "replace")
    if outcome.code == 0:
        return Said(text)
    errors = outcome.stderr.decode("utf-8", "replace").strip()
    return Said(text, errors[-300:] or f"git ended with {outcome.code or outcome.stopped}")
