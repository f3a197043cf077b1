"""What a test writes, and what it finds afterwards."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Say(Struct, frozen=True):
    """One answer. What is not said is as a well-behaved server has it."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    """Calls of tools: name and arguments; a str goes out as it is, JSON or not."""
    status: int = 200
    retry_after: float | None = None
    wait: float = 0.0
    """Seconds before anything is answered."""
    cut: int | None = None
    """The connection ends after so many pieces of a stream, or bytes of a whole answer."""
    body: bytes | None = None
    """Sent as it is, instead of an answer."""
    finish: str | None = None
    tokens: tuple[int, int] | None = (11, 7)
    """Input and output, as the server counts them; None: it does not say."""
    cached: int = 0


class Asked(Struct, frozen=True):
    """One request as it came."""

    path: str
    key: str
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """What the user said last."""
        said = [str(own.get("content")) for own in self.body.get("messages", ()) if own.get("role") == "user"]
        return said[-1] if said else ""


Answer = Say | str | Callable[[Asked], Say | str]
"""What comes next: said outright, or by what was asked."""
