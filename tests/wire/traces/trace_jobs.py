"""Functions whose way is followed: one asks another, which asks a model from a process of its own."""

import structlog

from functions import Context, RetryAfter, function
from functions.ports import Prompt, Turn

log = structlog.get_logger()


@function("way.first")
async def first(text: str, ctx: Context) -> str:
    """Have another function answer."""
    answer: str = await ctx.call("way.second", {"text": text})
    return answer


@function("way.second", isolation="process")
async def second(text: str, ctx: Context) -> str:
    """Ask a model, from a process of its own."""
    log.warning("child asked")
    return (await ctx.model.ask(Prompt([Turn("user", text)]))).text


@function("way.again")
async def again(ctx: Context) -> int:
    """Succeed at the second attempt."""
    log.warning("attempt begun")
    if ctx.attempt == 1:
        raise RetryAfter(0.05)
    return ctx.attempt


@function("way.fails", max_attempts=1)
async def fails() -> None:
    """Fail for good."""
    raise ValueError("no")
