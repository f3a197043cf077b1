"""Bytes from one connection to another, counted, until one side ends, nothing moves, or there were enough."""

import asyncio
import contextlib

PIECE = 256 << 10
"""Bytes at a time; asyncio holds twice as many before it stops reading."""
_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Meter:
    """Counts what passes; `empty` once it was as much as may."""

    def __init__(self, most: int) -> None:
        self.passed = 0
        self._most = most

    @property
    def empty(self) -> bool:
        """Whether nothing more may pass."""
        return self.passed >= self._most

    def take(self, piece: bytes) -> bytes:
        """The part of a piece that may pass."""
        kept = piece[: self._most - self.passed]
        self.passed += len(kept)
        return kept


async def relay(near: _Ends, far: _Ends, upload: int | None, idle: float, meter: Meter) -> None:
    """Both ways at once. `upload`: bytes that go out; None: a tunnel, as many as come.

    It ends with the answer of the far side, however long the near one stays.
    """
    up = asyncio.ensure_future(_copied(near[0], far[1], upload, None, meter))
    try:
        await _copied(far[0], near[1], None, idle, meter)
    finally:
        up.cancel()
        await asyncio.gather(up, return_exceptions=True)


async def _copied(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    most: int | None,
    idle: float | None,
    meter: Meter,
) -> None:
    left = most
    while (left is None or left > 0) and not meter.empty:
        async with asyncio.timeout(idle):
            piece = await source.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            break
        sink.write(meter.take(piece))
        await sink.drain()
        left = None if left is None else left - len(piece)
    if most is None:
        with contextlib.suppress(OSError):
            if sink.can_write_eof():
                sink.write_eof()
