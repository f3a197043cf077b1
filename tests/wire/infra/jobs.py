"""Functions of a user, for tests that need a worker in a process of its own."""

import asyncio
import os
from pathlib import Path

from functions import Context, function


@function("text.shout")
async def shout(text: str, times: int = 1) -> str:
    """Say it loud."""
    return text.upper() + "!" * times


@function("text.hold", timeout=60)
async def hold(flag: str, ctx: Context) -> int:
    """Write the process id into a file, and wait until the file is gone; the attempt that saw the end."""
    with Path(flag).open("a") as file:  # noqa: ASYNC230
        file.write(f"{os.getpid()}\n")
    while Path(flag).exists():  # noqa: ASYNC110, ASYNC240 - the file is the fact that is waited for
        await asyncio.sleep(0.01)
    return ctx.attempt


@function("text.die", max_attempts=2)
async def die() -> None:
    """End the process that runs it, before anybody was told of the task."""
    os._exit(3)


@function("text.steps")
async def steps(ctx: Context) -> int:
    """Tell of progress and write a line."""
    ctx.progress(0.5, "half way")
    ctx.log.info("a line", step=1)
    return 1


@function("text.fail", max_attempts=1)
async def fail(why: str) -> None:
    """Fail."""
    raise ValueError(why)
