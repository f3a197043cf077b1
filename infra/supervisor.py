"""Keeps a stack alive: its nats-server and its parts, and ends them in the order in which nothing is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec import Struct

from functions.ledger import left
from infra import topology
from infra.address import Address
from infra.child import Child, Home, Say
from infra.link import linked
from infra.places import Places
from infra.server import Server, ServerSettings, start
from infra.spawn import ended
from subjects import codec, errors, names
from subjects.bus import Bus, Message
from subjects.client.engines import Renewing
from subjects.fleet import Killed, Resumed
from subjects.settings import NatsSettings

ORDER = ("worker", "gateway", "reporter", "analytics")
"""Who ends when: workers first, since what they settle is still to be shown and counted."""
GRACE = 10.0
"""Seconds that a part gets to end, beside the time that a worker's tasks get."""


class ServerKeeper:
    """Our nats-server, started again on the same address and store when it dies."""

    def __init__(self, server: Server, say: Say) -> None:
        self.server = server
        self.renewed: Callable[[], None] = lambda: None
        self._say = say
        self._stopping = False
        self._task = asyncio.create_task(self._keep(), name="keep nats-server")

    async def stop(self) -> None:
        """Stop it in order."""
        self._stopping = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.server.stop()

    async def _keep(self) -> None:
        old = self.server.settings
        same = ServerSettings(
            state=old.state,
            port=int(self.server.url.rpartition(":")[2]),
            monitor_port=int(self.server.monitor_url.rpartition(":")[2]),
            durability=old.durability,
            max_store=old.max_store,
        )
        pause = 0.05
        while True:
            code = await self.server.process.wait()
            self._say(f"nats-server {ended(code)}; starting it again on the same store")
            while True:
                try:
                    self.server = await start(same)
                    self.renewed()
                    break
                except errors.Unavailable as error:
                    self._say(f"{error.message}; trying again in {pause:g} s")
                    await asyncio.sleep(pause)
                    pause = min(10.0, pause * 2)
            pause = 0.05


class Supervisor:
    """Children in the order of their start, above a bus. Made by `supervised`."""

    def __init__(self, bus: Bus, keeper: ServerKeeper | None, home: Home) -> None:
        self.bus = bus
        self.keeper = keeper
        self.home = home
        self.asked_to_end = asyncio.Event()
        self.children: list[Child] = []
        self.on_kill: list[Callable[[], None]] = []

    async def start(self, children: Sequence[Child], *, patient: bool = False) -> None:
        """All of them at once, and ready when this returns; Unavailable where one does not come up.

        With `patient`, a worker that cannot start is told about and tried again.
        """
        self.children += children
        started = [child.start(patient=patient and child.kind == "worker") for child in children]
        for outcome in await asyncio.gather(*started, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def stop(self, drain: float) -> None:
        """End everything in order; workers get `drain` seconds for what they run."""
        for kind in ORDER:
            within = GRACE + (drain if kind == "worker" else 0.0)
            ending = [child.stop(within) for child in self.children if child.kind == kind]
            await asyncio.gather(*ending)

    def kill(self) -> None:
        """SIGKILL for everything, at once. The store survives it."""
        for kill in self.on_kill:
            kill()
        for child in self.children:
            child.kill()
        if self.keeper is not None:
            self.keeper.server.kill()

    def renew_workers(self) -> None:
        """Let the workers begin anew with the code as it is now."""
        for child in self.children:
            if child.kind == "worker":
                child.renew()

    async def listen(self, *, faults: bool) -> None:
        """Do what is asked of a worker by its id: replace, fill its drained place, with `faults` kill it."""

        async def on_renew(child: Child) -> Renewing | None:
            if child.pid is None:
                return None
            self.home.say(f"{child.name} is replaced, as it was asked for")
            child.renew()
            return Renewing(child.name)

        async def on_resume(child: Child) -> Resumed | None:
            if not child.resume():
                return None
            self.home.say(f"{child.name} starts again, as it was asked for")
            return Resumed(child.worker, child.name)

        async def on_kill(child: Child) -> Killed | None:
            killed = child.kill_asked()
            if killed is not None:
                self.home.say(f"{child.name} (pid {killed.pid}) is killed, as it was asked for")
            return killed

        await self._hear("renew", on_renew)
        await self._hear("resume", on_resume)
        if faults:
            await self._hear("kill", on_kill)

    def places(self, *, faults: bool) -> Places:
        """What others can see of its workers."""
        return Places(self.bus, self.children, self.home.changed, faults=faults)

    async def _hear(self, verb: str, act: Callable[[Child], Awaitable[Struct | None]]) -> None:
        # Only workers of this supervisor can be meant: an id that none of them has is somebody else's.
        async def on_message(message: Message) -> None:
            id = message.subject.rpartition(".")[2]
            for child in self.children:
                if child.kind == "worker" and child.worker == id:
                    answer = await act(child)
                    if answer is not None and message.reply:
                        await self.bus.post(message.reply, codec.encode(answer))

        await self.bus.subscribe(names.control(verb, "x").removesuffix("x") + "*", on_message)

    def describe(self, address: Address) -> Address:
        """The address with what is known of the parts by now."""
        facts = {key: value for child in self.children for key, value in child.facts.items()}
        return Address(
            nats=address.nats,
            state=address.state,
            pid=address.pid,
            started_at=address.started_at,
            http=facts.get("http"),
            monitor=None if self.keeper is None else self.keeper.server.monitor_url,
            server_pid=None if self.keeper is None else self.keeper.server.pid,
            roots=address.roots,
            parts={child.name: child.pid for child in self.children if child.pid is not None},
        )


@contextlib.asynccontextmanager
async def server_kept(settings: ServerSettings, say: Say) -> AsyncIterator[ServerKeeper]:
    """Our nats-server, alive for as long as the context is open."""
    keeper = ServerKeeper(await start(settings), say)
    try:
        yield keeper
    finally:
        await keeper.stop()


@contextlib.asynccontextmanager
async def bus_ready(nats: NatsSettings) -> AsyncIterator[Bus]:
    """A connection to a server that has all streams and buckets."""
    async with linked(nats) as bus:
        await topology.apply(bus)
        yield bus


async def report_lost(bus: Bus, ledger: Path) -> None:
    """Tell the living that a worker is dead, and what it held: that goes on at once, not when leases end."""
    with contextlib.suppress(errors.RevoError):
        await bus.post(names.control("dead", ledger.name), codec.encode(left(ledger)))


async def report_leftovers(bus: Bus, held: Path, alive: AbstractSet[str]) -> None:
    """The same for the workers of an earlier run that was killed as a whole."""
    for ledger in list(held.iterdir()) if held.is_dir() else ():  # noqa: ASYNC240 - a few names of a local disk
        if ledger.name not in alive:
            await report_lost(bus, ledger)
            ledger.unlink(missing_ok=True)
