"""What the workers of the page's tests run, in processes of their own."""

import asyncio

from functions import function


@function("text.linger", timeout=300)
async def linger(seconds: float) -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return "done"
