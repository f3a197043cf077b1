"""An engine of the test's own: slow or quick, and as good as a file says."""

import asyncio
from pathlib import Path

from functions import function


@function("creative.sketch", max_attempts=1)
async def sketch(marks: str, text: str, seconds: float = 0.0) -> str:
    """Notes that it ran."""
    with Path(marks).open("a") as file:  # noqa: ASYNC230 - one line
        file.write(text + "\n")
    await asyncio.sleep(seconds)
    return text
