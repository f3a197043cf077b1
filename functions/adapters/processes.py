"""Runs one program to its end or its limits, and leaves nothing of it behind."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from functions.ports import Outcome

_GRACE = 1.0
"""Seconds for the pipes to empty once the program is gone; a daemon may hold them open."""


class _Program(asyncio.SubprocessProtocol):
    """A program and its two streams, bounded together.

    The ready-made `Process.wait` of asyncio returns only when all pipes are closed, on some versions of
    Python; a program in the background would hold it. So exit, emptiness and fullness are three facts here.
    """

    def __init__(self, most: int) -> None:
        self.streams = {1: bytearray(), 2: bytearray()}
        self.exited = asyncio.Event()
        self.emptied = asyncio.Event()
        self.full = False
        self.done = asyncio.Event()
        """It exited, or wrote too much."""
        self._room = most
        self._open = set(self.streams)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.streams[fd] += data[: self._room]
        self._room = max(0, self._room - len(data))
        if self._room == 0:
            self.full = True
            self.done.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        self._open.discard(fd)
        if not self._open:
            self.emptied.set()

    def process_exited(self) -> None:
        self.exited.set()
        self.done.set()


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
    transport, program = await _started(argv, environment, directory, most_output)
    late = False
    try:
        _feed(transport, stdin)
        try:
            await asyncio.wait_for(program.done.wait(), seconds)
        except TimeoutError:
            late = True
        _kill_group(transport)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(program.emptied.wait(), _GRACE)
    finally:
        _kill_group(transport)
        transport.close()
        await program.exited.wait()
    out, errors = bytes(program.streams[1]), bytes(program.streams[2])
    spent = time.monotonic() - begun
    if program.full:
        return Outcome(None, out, errors, spent, "output")
    if late:
        return Outcome(None, out, errors, spent, "time")
    return Outcome(transport.get_returncode(), out, errors, spent)


async def _started(
    argv: Sequence[str], environment: Mapping[str, str], directory: Path, most_output: int
) -> tuple[asyncio.SubprocessTransport, _Program]:
    """The program, running. A cancellation while it starts waits for it, to end it."""
    loop = asyncio.get_running_loop()
    start = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: _Program(most_output),
            *argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(start)
    except asyncio.CancelledError:
        transport, program = await start
        _kill_group(transport)
        transport.close()
        await program.exited.wait()
        raise


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    # uvloop's transports are writable without being an asyncio.WriteTransport.
    pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    pipe.write(data)
    pipe.close()


def _kill_group(transport: asyncio.SubprocessTransport) -> None:
    """End the program and all that it started in its session, in the background too."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
