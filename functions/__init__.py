"""The author API.

from functions import Context, function

@function("text.translate", timeout=30)
async def translate(text: str, ctx: Context, to: str = "en") -> str: ...
"""

from functions.api import Backoff, Function, NonRetryable, Rejected, RetryAfter, function
from functions.context import Context

__all__ = ["Backoff", "Context", "Function", "NonRetryable", "Rejected", "RetryAfter", "function"]
