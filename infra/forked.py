"""The supervisor's side of the fork server: workers that are there at once, and told of when they end."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from infra import forkserver, settings
from infra.forkserver import Fork, Setup, Told
from subjects import errors

LOADED_WITHIN = 30.0


class ForkServer:
    """A running fork server; made by `start`. `queues` are those whose functions it has."""

    def __init__(
        self, process: asyncio.subprocess.Process, orders: socket.socket, heard: Callable[[Told], None]
    ) -> None:
        self.queues: frozenset[str] = frozenset()
        self._process = process
        self._orders = orders
        self._heard = heard
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can still fork."""
        return self._process.returncode is None

    def fork(self, name: str, own: Any, log_file: Path) -> None:
        """Order a worker; `heard` is told when it has started, is ready, and has ended."""
        order = Fork(name, str(log_file), Raw(settings.encode(own)))
        try:
            self._orders.send(msgspec.json.encode(order))
        except OSError as error:
            raise errors.Unavailable(f"the fork server does not answer: {error.strerror}") from None

    def kill(self) -> None:
        """SIGKILL, and with it everything that it forked."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """End it; workers that are left end too."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._orders.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Wait until it has loaded the functions, then hear what it tells. Unavailable where it cannot."""
        try:
            async with asyncio.timeout(LOADED_WITHIN):
                line = await reader.readline()
        except TimeoutError:
            line = b""
        loaded = msgspec.json.decode(line, type=Told) if line else Told("loaded", error="it said nothing")
        if loaded.error or loaded.threads:
            self.kill()
            await self._process.wait()
            raise errors.Unavailable(
                loaded.error
                or f"importing the functions starts {loaded.threads} threads; no fork is safe then"
            )
        self.queues = frozenset(loaded.queues)
        self._listening = asyncio.create_task(self._listen(reader), name="hear the fork server")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._heard(msgspec.json.decode(line, type=Told))


async def start(
    targets: tuple[str, ...],
    only: tuple[str, ...],
    log_file: Path,
    log_level: settings.LogLevel,
    heard: Callable[[Told], None],
) -> ForkServer:
    """A fork server with the functions of these targets, ready to fork."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reading, writing = os.pipe()
    terminal = os.dup(2)
    log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with log_file.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *forkserver.command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(), writing, terminal),
                start_new_session=True,
            )
    except BaseException:
        os.close(reading)
        ours.close()
        raise
    finally:
        descriptors = theirs.fileno(), writing, terminal
        theirs.close()
        os.close(writing)
        os.close(terminal)
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(Setup(targets, only, log_level, *descriptors)) + b"\n")
    made = ForkServer(process, ours, heard)
    reader = asyncio.StreamReader()
    pipe = os.fdopen(reading, "rb")
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        await made.listen(reader)
    except BaseException:
        await made.close()
        raise
    return made


def terminate(pid: int) -> None:
    """SIGTERM: a worker ends what it runs and goes."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
