"""How patient a client is, and how much it keeps. Times are seconds."""

import random

from msgspec import Struct


class Backoff(Struct, frozen=True):
    """How long to wait before the next attempt: full jitter, up to a ceiling that doubles with each one."""

    base: float = 0.3
    cap: float = 15.0
    floor: float = 0.1

    def delay(self, attempt: int, hint: float = 0.0) -> float:
        """Seconds to wait. `hint` is what the gateway asked for: nobody comes before it, nor all at once.

        >>> Backoff(base=1.0, cap=4.0).delay(9) <= 4.0
        True
        >>> 2.0 <= Backoff().delay(0, hint=2.0) <= 4.0
        True
        """
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt, 30))
        return max(self.floor, hint + random.random() * max(ceiling, hint))  # noqa: S311 - no secret


class Options(Struct, frozen=True):
    """One client."""

    backoff: Backoff = Backoff()
    patience: float = 120.0
    """A request or command that nobody has answered by then is given up."""
    queue: int = 500
    """Commands without an answer, at most."""
    buffer: int = 1000
    """Events that wait for one loop before its channels pause; they go on where they were."""
    stable: float = 5.0
    """The back-off starts anew once a connection has held so long."""
    handshake: float = 8.0
    fallback_after: int | None = 3
    """Handshakes that fail in a row before Server-Sent Events are tried; None: never."""
