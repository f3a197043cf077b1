"""What the fault runs do: harmless, flaky and deadly. Each start leaves a line in the file FAULT_HISTORY."""

import asyncio
import json
import os
import time

from functions import Backoff, Context, NonRetryable, RetryAfter, function

QUICK = Backoff(first=0.05, factor=1.0)
BIG = 1_200_000
"""Characters of the large output: above what a result holds, so it goes through the object store."""


def began(ctx: Context) -> None:
    """One whole line, on disk before anything else happens."""
    path = os.environ.get("FAULT_HISTORY")
    if path is None:
        return
    event = {"t": time.time(), "op": "run", "id": ctx.task.id, "attempt": ctx.attempt, "by": str(os.getpid())}
    line = json.dumps(event).encode() + b"\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


@function("jobs.square")
async def square(x: int, ctx: Context) -> int:
    """The common case: returns at once."""
    began(ctx)
    return x * x


@function("jobs.nap")
async def nap(x: int, ctx: Context, seconds: float = 0.1) -> int:
    """Takes long enough to be caught in the middle."""
    began(ctx)
    await asyncio.sleep(seconds)
    return x


@function("jobs.thread")
def thread(x: int, ctx: Context) -> int:
    """A plain def."""
    began(ctx)
    time.sleep(0.01)
    return x + 1


@function("jobs.flaky", max_attempts=4, backoff=QUICK)
async def flaky(x: int, ctx: Context) -> int:
    """Fails the first time."""
    began(ctx)
    if ctx.attempt == 1:
        raise ConnectionError("not yet")
    return x


@function("jobs.broken", max_attempts=2, backoff=QUICK)
async def broken(x: int, ctx: Context) -> int:
    """Fails every time."""
    began(ctx)
    raise ValueError(f"no {x} today")


@function("jobs.hopeless")
async def hopeless(x: int, ctx: Context) -> int:
    """Says that trying again cannot help."""
    began(ctx)
    raise NonRetryable(f"{x} does not exist")


@function("jobs.leave", max_attempts=2, backoff=QUICK)
async def leave(x: int, ctx: Context) -> int:
    """Ends the whole worker, with all that runs there."""
    began(ctx)
    os._exit(7)


@function("jobs.leave_apart", isolation="process", max_attempts=1)
async def leave_apart(x: int, ctx: Context) -> int:
    """Ends its own process."""
    began(ctx)
    os._exit(7)


@function("jobs.spin", isolation="process", timeout=1.0, max_attempts=1)
async def spin(x: int, ctx: Context) -> int:
    """Never ends and never yields."""
    began(ctx)
    while True:
        pass


@function("jobs.eat", isolation="process", timeout=20, max_attempts=1, memory=256 << 20)
async def eat(megabytes: int, ctx: Context) -> int:
    """Eats memory, piece by piece."""
    began(ctx)
    held = [bytearray(1 << 20) for _ in range(megabytes)]
    return len(held)


@function("jobs.big")
async def big(x: int, ctx: Context) -> str:
    """Returns more than a result can hold."""
    began(ctx)
    return str(x % 10) * BIG


@function("jobs.later", max_attempts=3)
async def later(seconds: float, ctx: Context) -> int:
    """Asks for its next attempt after some time."""
    began(ctx)
    if ctx.attempt == 1:
        raise RetryAfter(seconds)
    return ctx.attempt
