"""Leaves a provider alone that keeps failing, and lets one call try it again after a rest."""

import time
from collections.abc import Callable

from functions import providers


class Breaker:
    """The state of one provider, shared by all tasks of a worker.

    >>> breaker = Breaker(providers.Breaker(failures=2, rest=30.0), clock=lambda: 100.0)
    >>> breaker.failed(), breaker.allows(), breaker.failed(), breaker.allows()
    (None, True, None, False)
    """

    def __init__(self, settings: providers.Breaker, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0
        self._probing = False

    @property
    def rests(self) -> float:
        """Seconds that it is still left alone."""
        return max(0.0, self._rests_until - self._clock())

    def allows(self) -> bool:
        """Whether a call may be made now. After a rest just one may, until it is known how that went."""
        if self.rests > 0 or self._probing:
            return False
        self._probing = self._rests_until > 0
        return True

    def worked(self) -> None:
        """The call was answered."""
        self._failures, self._rests_until, self._probing = 0, 0.0, False

    def failed(self, rest: float | None = None) -> None:
        """The call failed; `rest` where the provider said itself how long it wants to be left alone."""
        again, self._probing = self._probing, False
        self._failures += 1
        if rest is not None or again or self._failures >= self._settings.failures:
            self._rests_until = self._clock() + (self._settings.rest if rest is None else rest)

    def unknown(self) -> None:
        """The call ended and says nothing about the provider: it was canceled, or the request was bad."""
        self._probing = False
