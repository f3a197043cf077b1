"""Functions to be run over many items, in worker processes too."""

import asyncio
import os
from pathlib import Path

from functions import NonRetryable, function
from functions.engines import mapping

FAN = mapping.FUNCTIONS


@function("fan.square")
async def square(n: int) -> int:
    """The square of a number."""
    return n * n


@function("fan.odd_only", max_attempts=1)
async def odd_only(n: int) -> list[int]:
    """The number in a list; even ones are refused for good."""
    if n % 2 == 0:
        raise NonRetryable(f"{n} is even")
    return [n]


@function("fan.note")
async def note(path: str, n: int) -> int:
    """Writes its number down, then takes its time: who repeats it is found out."""
    with Path(path).open("a") as file:  # noqa: ASYNC230
        file.write(f"{n} {os.getpid()}\n")
    await asyncio.sleep(0.05)
    return n


@function("fan.block")
async def block(path: str, n: int) -> None:
    """Says that it began, and waits for ever."""
    with Path(path).open("a") as file:  # noqa: ASYNC230
        file.write(f"{n}\n")
    await asyncio.Event().wait()


@function("fan.wide")
async def wide(n: int, size: int) -> str:
    """A long text."""
    return f"{n % 10}" * size


@function("fan.total")
async def total(results: list[int]) -> int:
    """The sum of what the others made."""
    return sum(results)
