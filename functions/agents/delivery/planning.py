"""What must hold before a version is released; each a check with a reason."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from functions.agents import reading
from functions.agents.delivery import git
from functions.context import Context

Verdict = Literal["pass", "fail", "unknown"]

CHANGELOGS = ("CHANGELOG.md", "CHANGES.md", "CHANGELOG.rst", "HISTORY.md")
MOST_NOTES = 20_000
_HEADING = re.compile(r"^(#{1,3}\s+|v?\[?\d)", re.IGNORECASE)


class Check(Struct, frozen=True):
    """One thing that must hold. `unknown`: it could not be looked at."""

    name: str
    verdict: Verdict
    detail: Annotated[str, Meta(description="Why; empty where it passes without a word.")] = ""


def same_version(wanted: str, built: str) -> Check:
    """Whether the version that is released is the one that was built."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - part of an extra

    try:
        fits = Version(wanted) == Version(built)
    except InvalidVersion as error:
        return Check("version", "fail", str(error))
    return Check("version", "pass" if fits else "fail", "" if fits else f"the project says {built}")


def changes(directory: Path, version: str) -> tuple[Check, str]:
    """Whether the changelog says what changed in a version, and what it says."""
    for name in CHANGELOGS:
        lines = reading.text_of(directory / name)
        if lines:
            notes = section(lines, version)
            if notes:
                return Check("changelog", "pass", name), notes
            return Check("changelog", "fail", f"{name} has no section with text for {version}"), ""
    return Check("changelog", "fail", f"none of {', '.join(CHANGELOGS)} is there"), ""


def section(lines: Sequence[str], version: str) -> str:
    r"""What stands below the heading of a version.

    >>> section(["# Changes", "## [1.1] - today", "- new", "## [1.0]", "- old"], "1.1")
    '- new'
    """
    named = re.compile(rf"^#{{1,3}}\s+\[?v?{re.escape(version)}\]?(\s|$|:|\()", re.IGNORECASE)
    found: list[str] = []
    level = 0
    for line in lines:
        depth = len(line) - len(line.lstrip("#")) if line.startswith("#") else 0
        if level and depth and depth <= level:
            break
        if level:
            found.append(line)
        elif named.match(line):
            level = depth
    return "\n".join(found).strip()[:MOST_NOTES]


async def repository(ctx: Context, directory: Path, version: str) -> tuple[list[Check], str]:
    """Whether everything is committed and the tag is free; and the subjects of commits since the last tag."""
    status = await git.asked(ctx, directory, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    if status.why:
        return [Check("clean tree", "unknown", status.why), Check("tag", "unknown", status.why)], ""
    changed = status.text.splitlines()
    clean = Check("clean tree", "pass")
    if changed:
        names = ", ".join(line[3:] for line in changed[:5])
        clean = Check("clean tree", "fail", f"not committed: {names}{' ...' if len(changed) > 5 else ''}")
    tags = set((await git.asked(ctx, directory, "tag", "--list")).text.split())
    taken = sorted(tags & {version, f"v{version}"})
    tag = (
        Check("tag", "fail", f"{taken[0]} is there already")
        if taken
        else Check("tag", "pass", f"v{version} is free")
    )
    last = await git.asked(ctx, directory, "describe", "--tags", "--abbrev=0")
    since = [f"{last.text.strip()}..HEAD"] if not last.why else ["HEAD"]
    log = await git.asked(ctx, directory, "log", "--no-merges", "--format=%s", "-n", "200", *since, "--", ".")
    return [clean, tag], log.text[:MOST_NOTES]
