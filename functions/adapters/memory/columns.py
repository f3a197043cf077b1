"""Growing numpy columns, and what can be asked of a memory besides its text.

>>> column = Column(np.int32)
>>> column.append(7), column.append(9), column.view.tolist()
(0, 1, [7, 9])
"""

import heapq
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.adapters.memory.entry import Facts, Filter

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Column:
    """An array that grows at its end; doubling keeps an append cheap."""

    def __init__(self, kind: Any, width: int | None = None) -> None:
        self._data = np.zeros((64,) if width is None else (64, width), dtype=kind)
        self._used = 0

    @property
    def view(self) -> NDArray[Any]:
        """What is there so far, without a copy."""
        return self._data[: self._used]

    def append(self, value: Any) -> int:
        """Add a value; its place."""
        if self._used == len(self._data):
            grown = np.zeros((2 * len(self._data), *self._data.shape[1:]), dtype=self._data.dtype)
            grown[: self._used] = self._data
            self._data = grown
        self._data[self._used] = value
        self._used += 1
        return self._used - 1


class Columns:
    """The facts of all memories, a row each; a row once dropped is never used again."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self.sequences: list[int] = []
        self.rows: dict[tuple[str, str], int] = {}
        self.counts: Counter[str] = Counter()
        self.importance = Column(np.float32)
        self.created = Column(np.float64)
        self._alive = Column(np.bool_)
        self._namespaces, self._kinds = Column(np.int32), Column(np.int32)
        self._codes: dict[str, int] = {}
        self._tagged: dict[str, list[int]] = {}
        self._due: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, facts: Facts, sequence: int) -> int:
        """A new row; the memory that had this name must be dropped before."""
        row = self._alive.append(value=True)
        self._namespaces.append(self._code(facts.namespace))
        self._kinds.append(self._code(facts.kind))
        self.importance.append(facts.importance)
        self.created.append(facts.created)
        self.names.append((facts.namespace, facts.id))
        self.sequences.append(sequence)
        self.rows[facts.namespace, facts.id] = row
        self.counts[facts.namespace] += 1
        for tag in facts.tags:
            self._tagged.setdefault(tag, []).append(row)
        if facts.expires < float("inf"):
            heapq.heappush(self._due, (facts.expires, row))
        return row

    def drop(self, row: int) -> bool:
        """Take a row out; False where it was out already."""
        if self.rows.get(self.names[row]) != row:
            return False
        del self.rows[self.names[row]]
        self.counts[self.names[row][0]] -= 1
        self._alive.view[row] = False
        return True

    def expired(self, now: float) -> list[int]:
        """The rows whose time is over, each told once."""
        found = []
        while self._due and self._due[0][0] <= now:
            row = heapq.heappop(self._due)[1]
            if self.rows.get(self.names[row]) == row:
                found.append(row)
        return found

    @property
    def next_expiry(self) -> float | None:
        """When the next memory's time is over, in seconds since 1970."""
        return self._due[0][0] if self._due else None

    def mask(self, wanted: Filter) -> Mask:
        """Which rows are there and fit."""
        mask: Mask = self._alive.view.copy()
        for name, column in ((wanted.namespace, self._namespaces), (wanted.kind, self._kinds)):
            if name is not None:
                mask &= column.view == self._codes.get(name, -1)
        for tag in wanted.tags:
            tagged = np.zeros(len(mask), dtype=np.bool_)
            tagged[self._tagged.get(tag, [])] = True
            mask &= tagged
        if wanted.since is not None:
            mask &= self.created.view >= wanted.since
        if wanted.until is not None:
            mask &= self.created.view <= wanted.until
        return mask

    def _code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))
