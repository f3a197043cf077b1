"""How much of a job's time is coordination: all that passes while no child task is under way.

>>> ticks = iter([0.0, 1.0, 4.0, 4.5])
>>> clock = Clock(lambda: next(ticks))
>>> with clock.child(): pass
>>> clock.total_ms, clock.overhead_ms
(4500.0, 1500.0)
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from functions.context import Context
from subjects.routing import COORDINATED


class Clock:
    """Runs from its making; children may overlap."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun = now()
        self._children = 0
        self._since = 0.0
        self._waited = 0.0
        self._ended: float | None = None

    @contextlib.contextmanager
    def child(self) -> Iterator[None]:
        """A child task is under way for as long as the context is open."""
        if self._children == 0:
            self._since = self._now()
        self._children += 1
        try:
            yield
        finally:
            self._children -= 1
            if self._children == 0:
                self._waited += self._now() - self._since

    @property
    def total_ms(self) -> float:
        """Milliseconds until this was first asked."""
        if self._ended is None:
            self._ended = self._now()
        return round((self._ended - self._begun) * 1000, 3)

    @property
    def overhead_ms(self) -> float:
        """Those of them in which no child was under way."""
        return round(self.total_ms - self._waited * 1000, 3)


@contextlib.contextmanager
def coordinated(ctx: Context) -> Iterator[Clock]:
    """A clock for a job. What its coordination took is told when it ends, however it ends."""
    clock = Clock()
    try:
        yield clock
    finally:
        ctx.log.info(COORDINATED, total_ms=clock.total_ms, overhead_ms=clock.overhead_ms)
