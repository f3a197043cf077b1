"""A process that runs one statement: started ahead, asked once, killed when it takes too long.

Nothing that a stranger wrote is looked at in the process that holds the rows; here it is only passed on.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from analytics.settings import ConsoleSettings
from subjects import errors

PROGRAM = Path(__file__).parent.parent / "store" / "statement.py"
START_WITHIN = 20.0
MARGIN = 64 * 1024
"""Bytes of an answer beside its rows: the names of columns."""


class Order(Struct, frozen=True):
    """What a child is told: values for the parameters, and how much it may answer."""

    sql: str
    parameters: dict[str, Any] | list[Any]
    rows: int
    bytes: int
    format: str


class Head(Struct, frozen=True):
    """What a child says before its rows, or instead of them."""

    columns: list[str] = []
    types: list[str] = []
    truncated: str = ""
    code: str = ""
    message: str = ""
    details: dict[str, Any] = {}


class Child:
    """One process. `ready` ends once it has loaded DuckDB and waits."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    async def start(cls, settings: ConsoleSettings) -> "Child":
        """A child that is started, without our environment and in a session of its own."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        limits = msgspec.json.encode({"memory": settings.memory, "seconds": settings.seconds}).decode()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(PROGRAM),
                limits,
                stdin=its.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                env={"TZ": "UTC", "LC_ALL": "C.UTF-8"},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        return cls(process, ours)

    @property
    def alive(self) -> bool:
        """Whether it still waits: the system may have ended it to get memory back."""
        return self._process.returncode is None

    async def ready(self) -> None:
        """Returns once it waits for its order; Unavailable where it cannot start."""
        try:
            async with asyncio.timeout(START_WITHIN):
                said = await asyncio.get_running_loop().sock_recv(self._channel, 1)
        except (TimeoutError, OSError):
            said = b""
        if not said:
            raise errors.Unavailable("the process for statements does not start")

    async def run(self, snapshot: int, order: Order, seconds: float) -> tuple[Head, bytes]:
        """The answer; StatementTooHeavy where it ended without one, or not within the seconds."""
        loop = asyncio.get_running_loop()
        data = msgspec.json.encode(order)
        try:
            async with asyncio.timeout(seconds):
                socket.send_fds(self._channel, [struct.pack("!I", len(data))], [snapshot])
                await loop.sock_sendall(self._channel, data)
                answer = await self._read(order.bytes + MARGIN)
        except TimeoutError:
            raise errors.StatementTooHeavy(
                f"the statement needs more time than one may have: {seconds:g} s"
            ) from None
        except OSError:
            answer = b""
        head, end, body = answer.partition(b"\n")
        if not end:
            raise errors.StatementTooHeavy("the statement needs more memory than one may have")
        return msgspec.json.decode(head, type=Head), body

    async def _read(self, most: int) -> bytes:
        answer = bytearray()
        while part := await asyncio.get_running_loop().sock_recv(self._channel, 1 << 18):
            answer += part
            if len(answer) > most:
                raise errors.StatementTooHeavy("the statement answers with more bytes than one may")
        return bytes(answer)

    async def kill(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._channel.close()
        await self._process.wait()
