"""Outputs that come in any order and are read in the right one; they wait on disk, not in memory."""

import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import Self

NONE = -1


class Spool:
    """One output for each place of a job, JSON bytes; what never came reads as null.

    >>> with Spool(3) as spool:
    ...     spool.put(2, b'"c"')
    ...     spool.put(0, b'"a"')
    ...     spool.size, list(spool)
    (6, [b'"a"', b'null', b'"c"'])
    """

    def __init__(self, total: int) -> None:
        self.size = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the spool is left
        self._start = array("q", [NONE]) * total
        self._length = array("q", [0]) * total

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, place: int, output: bytes) -> None:
        """Keep the output of a place."""
        self._start[place], self._length[place] = self.size, len(output)
        self._file.seek(self.size)
        self._file.write(output)
        self.size += len(output)

    def __getitem__(self, place: int) -> bytes:
        if self._start[place] == NONE:
            return b"null"
        self._file.seek(self._start[place])
        return self._file.read(self._length[place])

    def __iter__(self) -> Iterator[bytes]:
        return (self[place] for place in range(len(self._start)))

    def outputs(self) -> Iterator[bytes]:
        """Those that came, in order."""
        return (self[place] for place, start in enumerate(self._start) if start != NONE)

    def arrays(self, most: int) -> Iterator[tuple[int, int, bytes]]:
        """All as JSON arrays of about `most` bytes: first place, last place, array.

        >>> with Spool(3) as spool:
        ...     spool.put(0, b"1")
        ...     list(spool.arrays(9))
        [(0, 1, b'[1,null]'), (2, 2, b'[null]')]
        """
        first, some, size = 0, list[bytes](), 2
        for place, output in enumerate(self):
            if some and size + len(output) + 1 > most:
                yield first, place - 1, b"[" + b",".join(some) + b"]"
                first, some, size = place, [], 2
            some.append(output)
            size += len(output) + 1
        if some:
            yield first, first + len(some) - 1, b"[" + b",".join(some) + b"]"
