"""Functions that behave in every way a function can; run in the test's process and in worker processes."""

import asyncio
import ctypes
import os
import tempfile
import time
from pathlib import Path

from msgspec import Struct

from functions import Backoff, Context, NonRetryable, Rejected, RetryAfter, function
from functions.ports import Bounds, Command, Limits, Prompt, Turn

QUICK = Backoff(first=0.02, factor=1.0)


class Point(Struct, forbid_unknown_fields=True):
    x: int
    y: int = 0


@function("sample.add")
async def add(x: int, y: int = 1) -> int:
    """The sum of two numbers."""
    return x + y


@function("sample.echo")
async def echo(input: Point, ctx: Context) -> dict[str, object]:
    """What the worker saw of the task."""
    task = ctx.task
    return {
        "x": input.x,
        "y": input.y,
        "priority": task.priority,
        "timeout": task.timeout,
        "max_attempts": task.max_attempts,
        "name": ctx.name,
    }


@function("sample.flaky", max_attempts=3, backoff=QUICK)
async def flaky(succeed_at: int, ctx: Context) -> int:
    """Fails until a given attempt."""
    if ctx.attempt < succeed_at:
        raise ValueError(f"attempt {ctx.attempt} fails")
    return ctx.attempt


@function("sample.permanent")
async def permanent() -> None:
    """Says that trying again cannot help."""
    raise NonRetryable("no such account", account=7)


@function("sample.refuse")
async def refuse() -> None:
    """Refuses its task."""
    raise Rejected("not on a Sunday")


@function("sample.later", max_attempts=3)
async def later(seconds: float, ctx: Context) -> int:
    """Asks for its next attempt after some time."""
    if ctx.attempt == 1:
        raise RetryAfter(seconds, "the other side is busy")
    return ctx.attempt


@function("sample.wait")
async def wait(seconds: float = 1000.0) -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return "waited"


@function("sample.stubborn", max_attempts=1)
async def stubborn() -> str:
    """Goes on though it is told to stop."""
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await asyncio.sleep(0.6)
    return "still here"


@function("sample.thread")
def thread(x: int, ctx: Context) -> int:
    """A plain def: runs in a thread, tells how it gets on."""
    ctx.progress(0.5, "half")
    ctx.log.info("doubling", x=x)
    return 2 * x


@function("sample.block")
async def block(seconds: float) -> str:
    """Blocks the loop."""
    time.sleep(seconds)  # noqa: ASYNC251 - that is the point
    return "blocked"


@function("sample.outward", isolation="process", timeout=20, max_attempts=1)
async def outward(ctx: Context) -> list[str]:
    """Asks a gate of its own process for what no gate gives, and for what the settings open."""
    with tempfile.TemporaryDirectory() as folder:
        async with ctx.egress.opened(Path(folder), Bounds()) as gate:
            for place in ("169.254.169.254:80", *ctx.egress.ways.private):
                reader, writer = await asyncio.open_unix_connection(gate.socket)
                writer.write(f"CONNECT {place} HTTP/1.1\r\n\r\n".encode())
                await reader.readline()
                writer.close()
            return [own.verdict for own in gate.decisions]


@function("sample.unwritable")
async def unwritable() -> object:
    """Returns what no JSON can hold."""
    return object()


@function("sample.large")
async def large(size: int) -> str:
    """Returns a long text."""
    return "x" * size


@function("sample.parent")
async def parent(count: int, ctx: Context) -> list[int]:
    """Asks other tasks for its parts."""
    return [int(part) for part in await ctx.map(add, [{"x": place} for place in range(count)])]


@function("sample.exit", max_attempts=2, backoff=QUICK)
async def exit_process() -> None:
    """Ends the process that runs it."""
    os._exit(3)


@function("sample.apart", isolation="process", timeout=20, max_attempts=1)
async def apart(what: str, ctx: Context) -> str:
    """Does something harmful in a process of its own."""
    ctx.progress(0.1, what)
    match what:
        case "exit":
            os._exit(3)
        case "crash":
            return str(ctypes.string_at(0))
        case "memory":
            return str(len(bytearray(8 << 30)))
        case "child":
            return str(await ctx.call(add, {"x": 20, "y": 22}))
        case "file":
            made = await ctx.artifacts.put("note.txt", b"made apart", "text/plain")
            assert await ctx.artifacts.get(made.ref) == b"made apart"
            return made.ref
        case "sandbox":
            # More than the child itself may use.
            await asyncio.sleep(0)
            outcome = await ctx.sandbox.run(Command(["true"], limits=Limits(memory=8 << 30)))
            return f"{outcome.code} {outcome.stderr.decode()}".strip()
        case "model":
            assert not ctx.model.available
            return (await ctx.model.ask(Prompt([Turn("user", "hello")]))).text
        case "print":
            print("this must not disturb anything")
            return f"pid {os.getpid()}"
        case _:
            return what


@function("sample.spin", isolation="process", timeout=0.5, max_attempts=1)
async def spin() -> None:
    """Never ends, never yields."""
    while True:
        pass


@function("sample.poison", max_attempts=2, backoff=QUICK)
async def poison(marks: str) -> str:
    """Kills its worker the first time, whatever else runs there."""
    with open(marks, "a") as file:  # noqa: ASYNC230, PTH123 - a mark must be on disk before the end
        file.write(f"{os.getpid()}\n")
    await asyncio.sleep(0.2)
    os._exit(9)


@function("sample.note")
async def note(marks: str, text: str, seconds: float = 0.0) -> str:
    """Leaves a mark outside, so that a test can count how often it ran."""
    with open(marks, "a") as file:  # noqa: ASYNC230, PTH123 - appends are atomic
        file.write(text + "\n")
    await asyncio.sleep(seconds)
    return text
