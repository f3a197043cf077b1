"""A part kept alive: started again when it dies, after a pause that grows, and told about."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from infra import settings
from infra.part import Facts, Kind, Order
from subjects import errors, names

READY_WITHIN = 30.0
LIVED = 10.0
"""Seconds after which a part counts as having worked: the next pause is short again."""
LONGEST_PAUSE = 30.0
MOST_LOG = 20 << 20
"""Bytes of a log file above which the next start begins a new one and keeps the old one beside it."""

Say = Callable[[str], None]


class Home(Struct, frozen=True):
    """What all children share. `lost` hears of a worker that died, `renewed` of each new life."""

    logs: Path
    held: Path
    log_level: settings.LogLevel
    say: Say
    lost: Callable[[str], Awaitable[None]]
    renewed: Callable[[], None]


class Child:
    """One part. `facts` is what it said when it was ready, `worker` the id of the worker in it."""

    def __init__(self, kind: Kind, name: str, own: Any, home: Home) -> None:
        self.kind = kind
        self.name = name
        self.facts: Facts = {}
        self.worker = ""
        self.restarts = 0
        self._own = own
        self._home = home
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: list[asyncio.subprocess.Process] = []
        self._dead: list[str] = []
        self._stopping = False
        self._again = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def log_file(self) -> Path:
        """Where all it says is kept."""
        return self._home.logs / f"{self.name}.log"

    async def start(self, *, patient: bool = False) -> None:
        """Ready when this returns. Unavailable, with its last words, where not; a `patient` one tries on."""
        trouble = ""
        try:
            await self._spawn()
        except errors.Unavailable as error:
            if not patient:
                raise
            trouble = error.message.removeprefix(f"{self.name} ")
        self._keeper = asyncio.create_task(self._keep(trouble), name=f"keep {self.name}")

    async def stop(self, within: float) -> None:
        """End in order, by force after `within` seconds. Stopping twice is fine."""
        self._stopping = True
        self.signal(signal.SIGTERM)
        running = [process for process in (self._process, *self._leaving) if process is not None]
        try:
            async with asyncio.timeout(within):
                for process in running:
                    await process.wait()
        except TimeoutError:
            self._home.say(f"{self.name} did not end within {within:g} s and was killed")
            self.kill()
            for process in running:
                await process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, where there is somebody to hear it."""
        for process in (self._process, *self._leaving):
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, at once."""
        self.signal(signal.SIGKILL)

    def renew(self) -> None:
        """A new process, with the code as it is now; the old one ends what it has begun."""
        self._again.set()

    async def _keep(self, trouble: str | None) -> None:
        failures, began = 0, time.monotonic()
        while True:
            trouble = trouble or await self._trouble()
            if trouble is None:
                return
            failures = 0 if not trouble else 1 if time.monotonic() - began > LIVED else failures + 1
            if trouble:
                await self._pause(failures, trouble)
                failures = 0 if self._again.is_set() else failures
            began = time.monotonic()
            self._again.clear()
            self.restarts += 1
            trouble = await self._revive()

    async def _trouble(self) -> str | None:
        """How the process ended; nothing where a new one is wanted in its place, None where none is needed."""
        assert self._process is not None
        exit = asyncio.create_task(self._process.wait())
        again = asyncio.create_task(self._again.wait())
        await asyncio.wait({exit, again}, return_when=asyncio.FIRST_COMPLETED)
        again.cancel()
        if not exit.done():
            self.signal(signal.SIGTERM)
            self._leaving = [*(old for old in self._leaving if old.returncode is None), self._process]
            exit.cancel()
            return ""
        code = exit.result()
        if self._stopping:
            return None
        if code == 0:
            self._home.say(f"{self.name} ended in order, as it was told to, and is not started again")
            return None
        if self.worker:
            self._dead.append(self.worker)
            await self._home.lost(self.worker)
        return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"

    async def _revive(self) -> str:
        """Starts a new process; why it did not start, or nothing."""
        try:
            await self._spawn()
        except errors.Unavailable as error:
            return error.message.removeprefix(f"{self.name} ")
        self._home.renewed()
        for dead in self._dead:
            # Said again: where there is one worker process, only its successor can take over.
            await self._home.lost(dead)
            (self._home.held / dead).unlink(missing_ok=True)
        self._dead.clear()
        return ""

    async def _pause(self, failures: int, trouble: str) -> None:
        seconds = min(LONGEST_PAUSE, 0.1 * 2 ** (failures - 1))
        hint = f"; it keeps failing, see {self.log_file}" if failures > 2 else ""
        self._home.say(f"{self.name} {trouble}; starting it again in {seconds:g} s{hint}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()

    async def _spawn(self) -> None:
        self._home.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.log_file.exists() and self.log_file.stat().st_size > MOST_LOG:
            self.log_file.replace(self.log_file.with_suffix(".old.log"))
        ready, told = os.pipe()
        terminal = os.dup(2)
        command = [sys.executable, "-P", str(Path(__file__).with_name("__main__.py")), "part"]
        try:
            with self.log_file.open("ab") as output:
                self._log_start = output.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    pass_fds=(told, terminal),
                    start_new_session=True,
                )
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(self._order(told, terminal)) + b"\n")
        finally:
            os.close(told)
            os.close(terminal)
        self.facts = await self._answer(ready)
        self._adopt()

    def _order(self, ready: int, terminal: int) -> Order:
        own = self._own
        if self.kind == "worker":
            # A new name for each life: what the dead one held must not look like the work of its successor.
            self.worker = worker_id(self.name)
            own = msgspec.structs.replace(own, name=self.worker, ledger=self._home.held / self.worker)
        return Order(self.kind, self.name, self._home.log_level, Raw(settings.encode(own)), ready, terminal)

    async def _answer(self, ready: int) -> Facts:
        reader = asyncio.StreamReader()
        pipe = os.fdopen(ready, "rb")
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            async with asyncio.timeout(READY_WITHIN):
                line = await reader.readline()
        except TimeoutError:
            self.kill()
            raise errors.Unavailable(
                f"{self.name} was not ready within {READY_WITHIN:g} s: see {self.log_file}"
            ) from None
        finally:
            transport.close()
        facts: Facts = msgspec.json.decode(line) if line else {"error": self._last_words()}
        if "error" in facts:
            assert self._process is not None
            await self._process.wait()
            raise errors.Unavailable(f"{self.name} did not start: {facts['error']}")
        return facts

    def _adopt(self) -> None:
        # A door that was opened on a free port must come back on the same one: its clients know that address.
        port = str(self.facts.get("http", "")).rpartition(":")[2]
        if port.isdigit():
            self._own = msgspec.structs.replace(self._own, port=int(port))

    def _last_words(self) -> str:
        with self.log_file.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:500] if lines else f"it said nothing; see {self.log_file}"


def worker_id(name: str) -> str:
    """An id that no worker had before: host, part, and some chance."""
    host = "".join(sign if names.is_token(sign) else "-" for sign in socket.gethostname().split(".")[0])
    return f"{host[:32] or 'host'}-{name}-{secrets.token_hex(3)}"
