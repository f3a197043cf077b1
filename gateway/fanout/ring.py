"""The newest messages of one stream, in memory."""

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import NamedTuple

_sequence = attrgetter("sequence")


class Item(NamedTuple):
    """A stored message as listeners see it; `data` is JSON."""

    sequence: int
    subject: str
    data: bytes


class Ring:
    """Holds everything after `floor`, bounded by number and by bytes.

    >>> ring = Ring(most=2, most_bytes=1000)
    >>> for n in (1, 2, 3): ring.push(Item(n, "event.q.f.i.log", b"{}"))
    >>> ring.floor, ring.after(1, 10), ring.after(0, 10) is None
    (1, [Item(sequence=2, subject='event.q.f.i.log', data=b'{}'), Item(sequence=3, subject='event.q.f.i.log', data=b'{}')], True)
    """  # noqa: E501

    def __init__(self, most: int, most_bytes: int) -> None:
        self.floor = 0
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._items: list[Item] = []
        self._start = 0

    def reset(self, floor: int) -> None:
        """Forget everything; what follows comes after `floor`."""
        self.floor = floor
        self._items.clear()
        self._start = self._bytes = 0

    def push(self, item: Item) -> None:
        """Keep a message that is newer than all others; the oldest give way."""
        self._items.append(item)
        self._bytes += len(item.data)
        while len(self._items) - self._start > self._most or (
            self._bytes > self._most_bytes and len(self._items) - self._start > 1
        ):
            oldest = self._items[self._start]
            self.floor = oldest.sequence
            self._bytes -= len(oldest.data)
            self._start += 1
        # The front of a list is dear to cut: do it when half of it is gone.
        if self._start > 64 and self._start * 2 > len(self._items):
            del self._items[: self._start]
            self._start = 0

    def after(self, sequence: int, most: int) -> list[Item] | None:
        """The next messages after `sequence`; None where the ring does not reach back that far."""
        if sequence < self.floor:
            return None
        place = bisect_right(self._items, sequence, lo=self._start, key=_sequence)
        return self._items[place : place + most]

    def holds(self, sequence: int) -> bool:
        """Whether this very message is here."""
        place = bisect_left(self._items, sequence, lo=self._start, key=_sequence)
        return place < len(self._items) and self._items[place].sequence == sequence
