"""A part kept alive: started again when it dies, after a pause that grows, and told about."""

import asyncio
import contextlib
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from infra import settings
from infra.part import Facts, Kind
from infra.spawn import Spawned, ended, ready, spawn
from subjects import codec, errors, names
from subjects.fleet import Ended, Killed, PlaceState

LIVED = 10.0
"""Seconds after which a part counts as having worked: the next pause is short again."""
LONGEST_PAUSE = 30.0

Say = Callable[[str], None]


class Home(Struct, frozen=True):
    """What all children share.

    `lost` hears of a worker that died, `told` how, and again once another followed; `renewed` hears of each
    new life. `changed` is set whenever there is something new about a place.
    """

    logs: Path
    held: Path
    log_level: settings.LogLevel
    say: Say
    lost: Callable[[str], Awaitable[None]]
    renewed: Callable[[], None]
    told: Callable[[Ended], Awaitable[None]]
    changed: asyncio.Event


class Child:
    """One part. `facts` is what it said when it was ready, `worker` the id of the worker in it."""

    def __init__(self, kind: Kind, name: str, own: Any, home: Home) -> None:
        self.kind: Kind = kind
        self.name = name
        self.facts: Facts = {}
        self.worker = ""
        self.restarts = 0
        self.state: PlaceState = "starting"
        self.since = codec.now()
        self._own = own
        self._home = home
        self._process: Spawned | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: list[Spawned] = []
        self._dead: list[Ended] = []
        self._asked = False
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

    def kill_asked(self) -> Killed | None:
        """SIGKILL because somebody wants to see what follows; what was done, or None where nothing runs."""
        pid = self.pid
        if pid is None or self._process is None:
            return None
        self._asked = True
        at = codec.now()
        self._process.kill()
        return Killed(self.worker, self.name, pid, at)

    def renew(self) -> None:
        """A new process, with the code as it is now; the old one ends what it has begun.

        Nothing where the place was drained: that one is for `resume`.
        """
        if self.state != "drained":
            self._again.set()

    def resume(self) -> bool:
        """A new process where the last one was drained; False where it was not."""
        drained = self.state == "drained"
        if drained:
            self._is("starting")
            self._again.set()
        return drained

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
        """How the process ended; nothing where a new one is wanted instead, None where none is needed."""
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
            return await self._drained()
        if self.worker:
            await self._died(code)
        return ended(code)

    async def _drained(self) -> str | None:
        """Its place stays empty until somebody wants a worker there again."""
        self._home.say(f"{self.name} ended in order, as it was told to, and is not started again")
        if self.kind != "worker":
            return None
        self._home.say(f"`revo worker resume {self.worker}` fills its place again")
        self._is("drained")
        await self._again.wait()
        return ""

    async def _died(self, code: int) -> None:
        assert self._process is not None
        host = socket.gethostname()
        death = Ended(
            self.worker, self.name, host, self._process.pid, ended(code), codec.now(), asked=self._asked
        )
        self._dead.append(death)
        await self._home.lost(self.worker)
        await self._home.told(death)
        self._is("restarting")

    def _is(self, state: PlaceState) -> None:
        self.state, self.since = state, codec.now()
        self._home.changed.set()

    async def _revive(self) -> str:
        """Starts a new process; why it did not start, or nothing."""
        try:
            await self._spawn()
        except errors.Unavailable as error:
            return error.message.removeprefix(f"{self.name} ")
        self._home.renewed()
        for death in self._dead:
            # Said again: where there is one worker process, only its successor can take over.
            await self._home.lost(death.worker)
            (self._home.held / death.worker).unlink(missing_ok=True)
            followed = {"successor": self.worker, "successor_pid": self.pid, "ready_at": self.since}
            await self._home.told(msgspec.structs.replace(death, **followed))
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
        own = self._own
        if self.kind == "worker":
            # A new name for each life: what the dead one held must not look like the work of its successor.
            self.worker = worker_id(self.name)
            own = msgspec.structs.replace(own, name=self.worker, ledger=self._home.held / self.worker)
        self._process = await spawn(self.kind, self.name, own, self.log_file, self._home.log_level)
        self._asked = False
        self.facts = await ready(self._process, self.name, self.log_file)
        self._is("running")
        # A door that was opened on a free port must come back on the same one: its clients know it.
        port = str(self.facts.get("http", "")).rpartition(":")[2]
        if port.isdigit():
            self._own = msgspec.structs.replace(self._own, port=int(port))


def worker_id(name: str) -> str:
    """An id that no worker had before: host, part, and some chance."""
    host = "".join(sign if names.is_token(sign) else "-" for sign in socket.gethostname().split(".")[0])
    return f"{host[:32] or 'host'}-{name}-{secrets.token_hex(3)}"
