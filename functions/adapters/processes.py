"""Runs one program to its end or its limits, and leaves nothing of it behind."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from functions.ports import Outcome

Stop = Literal["", "time", "output"]

_CHUNK = 1 << 16
_GRACE = 1.0
"""Seconds for the pipes to empty once the program is gone; a daemon may hold them open."""


class _Output:
    """Both streams of a program, bounded together."""

    def __init__(self, most: int) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.full = asyncio.Event()
        self._room = most

    async def pump(self, stream: asyncio.StreamReader, into: bytearray) -> None:
        while chunk := await stream.read(_CHUNK):
            into += chunk[: self._room]
            self._room -= len(chunk)
            if self._room <= 0:
                self.full.set()
                return


async def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    stdin: bytes = b"",
    *,
    seconds: float,
    most_output: int,
) -> Outcome:
    """How the program ended. It has a session of its own, all of which is killed in every case."""
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=dict(environment),
        cwd=directory,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    output = _Output(most_output)
    ended = asyncio.ensure_future(process.wait())
    pumps = [
        asyncio.ensure_future(_feed(process.stdin, stdin)),
        asyncio.ensure_future(output.pump(process.stdout, output.stdout)),
        asyncio.ensure_future(output.pump(process.stderr, output.stderr)),
    ]
    full = asyncio.ensure_future(output.full.wait())
    stopped: Stop = ""
    try:
        await asyncio.wait({ended, full}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if full.done():
            stopped = "output"
        elif not ended.done():
            stopped = "time"
        kill_group(process)
        await asyncio.wait(pumps, timeout=_GRACE)
        if output.full.is_set():
            stopped = "output"
    finally:
        kill_group(process)
        for task in (*pumps, full):
            task.cancel()
        await asyncio.gather(*pumps, full, return_exceptions=True)
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - the only way to close a held pipe
        await ended
    code = None if stopped else process.returncode
    return Outcome(code, bytes(output.stdout), bytes(output.stderr), time.monotonic() - begun, stopped)


def kill_group(process: Process) -> None:
    """End the program and all that it started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    stream.close()
