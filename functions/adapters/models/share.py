"""Keeps most questions at home: a model elsewhere is asked only while enough of the last answers were local.

>>> share = LocalShare(0.5, 4)
>>> [share.admits() for _ in range(3) if share.answered(local=False) is None]
[True, False, False]
"""

import contextlib
import math
from collections import deque
from collections.abc import Iterator


class LocalShare:
    """The last answers of one worker: of any `window` at most `window * (1 - target)` come from elsewhere.

    What has not been asked yet counts as local, so that a worker that has just begun may ask elsewhere too.
    """

    def __init__(self, target: float | None, window: int) -> None:
        self.target = target
        self._most = window if target is None else math.floor(window * (1 - target) + 1e-9)
        self._elsewhere: deque[bool] = deque(maxlen=window - 1)
        self._asked = 0

    def admits(self) -> bool:
        """Whether one more answer from elsewhere keeps the share."""
        return self.target is None or sum(self._elsewhere) + self._asked < self._most

    @contextlib.contextmanager
    def asking(self, *, local: bool) -> Iterator[None]:
        """A question to a model elsewhere counts while it is under way, as if it had been answered."""
        own = 0 if local else 1
        self._asked += own
        try:
            yield
        finally:
            self._asked -= own

    def answered(self, *, local: bool) -> None:
        """An answer came."""
        self._elsewhere.append(not local)
