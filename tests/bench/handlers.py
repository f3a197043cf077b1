"""The functions that the benchmark's workers run."""

import asyncio
import time

from functions import function

PAYLOAD = b'{"text": "' + b"x" * 180 + b'"}'
"""Input of a task: about 200 bytes of JSON."""


@function("bench.noop")
async def noop(text: str) -> None:
    """Nothing."""


@function("bench.nap")
async def nap(seconds: float = 0.01) -> float:
    """When it began, on the clock that all processes of this machine share; then a wait."""
    began = time.monotonic()
    await asyncio.sleep(seconds)
    return began


@function("creative.sketch")
async def sketch() -> None:
    """A function of an engine."""


@function("bench.hold")
async def hold(seconds: float = 0.04) -> None:
    """Keeps its whole process waiting."""
    time.sleep(seconds)  # noqa: ASYNC251 - it is meant to block
