"""Watches the files of target modules, for `--reload`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

LOOK_EVERY = 0.2


def files(target: str) -> list[Path]:
    """Where a target can come from: its package with all below it, or its module and those beside it."""
    name = target.partition(":")[0]
    path = Path(name)
    if path.suffix == ".py":
        return sorted(path.resolve().parent.glob("*.py"))
    top = name.partition(".")[0]
    here = Path.cwd()
    for folder in (here, *map(Path, sys.path)):
        if (folder / top).is_dir():
            return sorted((folder / top).rglob("*.py"))
        if (folder / f"{top}.py").is_file():
            return sorted(folder.glob("*.py"))
    return []


def stamps(targets: Iterable[str]) -> dict[Path, tuple[int, int]]:
    """Time and size of every watched file."""
    found = {}
    for target in targets:
        for path in files(target):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            found[path] = (state.st_mtime_ns, state.st_size)
    return found


async def changes(targets: Iterable[str]) -> AsyncIterator[list[Path]]:
    """The files that are new, changed or gone, each time that some are."""
    watched = tuple(targets)
    seen = await asyncio.to_thread(stamps, watched)
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = await asyncio.to_thread(stamps, watched)
        if now != seen:
            yield sorted(path for path in seen.keys() | now.keys() if seen.get(path) != now.get(path))
            seen = now
