"""A function that keeps its whole process busy, so that only more processes are quicker."""

import os
import time

from functions import function


@function("pooled.hold")
async def hold(n: int, seconds: float = 0.03) -> list[int]:
    """Its number, and the process that it ran in."""
    time.sleep(seconds)  # noqa: ASYNC251 - it is meant to block
    return [n, os.getpid()]
