"""One measured process, seen from inside: orders come in by stdin, answers go out by stdout, one JSON a line.

`python -m tests.bench.role MODULE:NAME` runs `async def NAME(given, line)`. Stdin ends when the parent is
gone, and with it the questions: the role then leaves its contexts, and is killed where that takes long.
"""

import asyncio
import importlib
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import uvloop

from infra import logs

Given = dict[str, Any]

LEAVE_WITHIN = 15.0
"""Seconds."""


class Line:
    """The line to the parent."""

    def __init__(self, reader: asyncio.StreamReader, out: int) -> None:
        self._reader = reader
        self._out = out

    async def heard(self) -> Given | None:
        """The next thing the parent says; None when it says no more."""
        line = await self._reader.readline()
        if line:
            said: Given = msgspec.json.decode(line)
            return said
        timer = threading.Timer(LEAVE_WITHIN, os._exit, (1,))
        timer.daemon = True
        timer.start()
        return None

    async def asked(self) -> AsyncIterator[Given]:
        """What the parent asks, until it asks no more."""
        while (said := await self.heard()) is not None:
            yield said

    def say(self, **facts: Any) -> None:
        """Answer."""
        os.write(self._out, msgspec.json.encode(facts) + b"\n")


async def _run(target: str) -> None:
    out = os.dup(1)
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=64 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    line = Line(reader, out)
    given = await line.heard()
    module, _, name = target.partition(":")
    await getattr(importlib.import_module(module), name)(given or {}, line)


if __name__ == "__main__":
    logs.configure("info", sys.argv[1])
    uvloop.run(_run(sys.argv[1]))
