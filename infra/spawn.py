"""One process of a part: started with its settings, and known to be ready by its own word."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw

from infra import settings
from infra.part import Facts, Kind, Order
from subjects import errors

READY_WITHIN = 30.0
MOST_LOG = 20 << 20
"""Bytes of a log file above which the next start begins a new one and keeps the old one beside it."""


class Spawned:
    """A running part; made by `spawn`."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: int, log_start: int) -> None:
        self.process = process
        self.pipe = pipe
        self.log_start = log_start

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code once it is gone."""
        return self.process.returncode

    async def wait(self) -> int:
        """Its exit code, when it is gone."""
        return await self.process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where nobody is left to hear it."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, as a fault does."""
        self.send_signal(signal.SIGKILL)


async def spawn(kind: Kind, name: str, own: Any, log_file: Path, log_level: settings.LogLevel) -> Spawned:
    """A process with these settings. All it says goes to the log file, its warnings to our terminal too."""
    pipe, told = os.pipe()
    terminal = os.dup(2)
    command = [sys.executable, "-P", str(Path(__file__).with_name("__main__.py")), "part", name]
    try:
        with _opened(log_file) as output:
            log_start = output.tell()
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(told, terminal),
                start_new_session=True,
            )
    except BaseException:
        os.close(pipe)
        raise
    finally:
        os.close(told)
        os.close(terminal)
    order = Order(kind, name, log_level, Raw(settings.encode(own)), told, terminal)
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    return Spawned(process, pipe, log_start)


async def ready(spawned: Spawned, name: str, log_file: Path) -> Facts:
    """What the part says once it works. Unavailable, with its last words, where it does not come up."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(spawned.pipe, "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        async with asyncio.timeout(READY_WITHIN):
            line = await reader.readline()
    except TimeoutError:
        spawned.kill()
        raise errors.Unavailable(f"{name} was not ready within {READY_WITHIN:g} s: see {log_file}") from None
    finally:
        transport.close()
    facts: Facts = msgspec.json.decode(line) if line else {"error": _last_words(spawned, log_file)}
    if "error" in facts:
        await spawned.wait()
        raise errors.Unavailable(f"{name} did not start: {facts['error']}")
    return facts


def ended(code: int) -> str:
    """How a process ended, in words.

    >>> ended(-9), ended(3)
    ('was killed (SIGKILL)', 'ended with code 3')
    """
    return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"


def _opened(log_file: Path) -> BinaryIO:
    log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log_file.exists() and log_file.stat().st_size > MOST_LOG:
        log_file.replace(log_file.with_suffix(".old.log"))
    return log_file.open("ab")


def _last_words(spawned: Spawned, log_file: Path) -> str:
    with log_file.open("rb") as file:
        file.seek(spawned.log_start)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else f"it said nothing; see {log_file}"
