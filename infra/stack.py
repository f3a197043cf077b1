"""The whole system on one machine: `revo up`, from its lock to its last line."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
from msgspec import Struct

from infra import address, sources
from infra.address import Address
from infra.child import Child, Home, Say
from infra.places import shown
from infra.reporter import ReporterSettings
from infra.scaler import Pooling, Scaler, scaling
from infra.settings import Settings
from infra.supervisor import Supervisor, bus_ready, report_leftovers, report_lost, server_kept
from subjects import codec, errors, names
from subjects.bus import Bus
from subjects.fleet import ENDED, Ended


class Plan(Struct, frozen=True):
    """What `revo up` or `revo work` is to start."""

    settings: Settings
    gateway: bool = True
    analytics: bool = True
    reporter: bool = True
    pool: bool = True
    reload: bool = False
    ephemeral: bool = False


@contextlib.asynccontextmanager
async def up(plan: Plan, say: Say) -> AsyncIterator[tuple[Supervisor, Address]]:
    """A stack on its state directory, everything ready; ended in order when the context ends."""
    with _state(plan) as state:
        settings = _placed(plan.settings, state).with_faults(here=True)
        _stop_leftover(state, say)
        async with contextlib.AsyncExitStack() as stack:
            keeper, nats, monitor = None, settings.nats, ""
            if not settings.outside:
                keeper = await stack.enter_async_context(server_kept(settings.server, say))
                nats = msgspec.structs.replace(nats, url=keeper.server.url)
                monitor = keeper.server.monitor_url
            bus = await stack.enter_async_context(
                bus_ready(msgspec.structs.replace(nats, name="revo-supervisor"))
            )

            def announce() -> None:
                address.write(state, supervisor.describe(here))

            supervisor = Supervisor(bus, keeper, _home(settings, bus, say, announce))
            roots = [str(root) for root in settings.worker.roots]
            here = Address(nats.url, str(state), os.getpid(), codec.now().isoformat(), roots=roots)
            async with _parts(supervisor, msgspec.structs.replace(plan, settings=settings.on(nats, monitor))):
                announce()
                if keeper is not None:
                    keeper.renewed = announce
                _hear_signals(supervisor, say)
                try:
                    yield supervisor, supervisor.describe(here)
                finally:
                    address.forget(state)


@contextlib.asynccontextmanager
async def workers(plan: Plan, say: Say) -> AsyncIterator[Supervisor]:
    """Worker processes on a NATS that runs already: a worker pod."""
    settings = plan.settings.with_faults(here=False)
    async with bus_ready(msgspec.structs.replace(settings.nats, name="revo-supervisor")) as bus:
        supervisor = Supervisor(bus, None, _home(settings, bus, say, lambda: None))
        async with _parts(supervisor, msgspec.structs.replace(plan, settings=settings)):
            _hear_signals(supervisor, say)
            yield supervisor


async def until_signal(supervisor: Supervisor) -> None:
    """Returns at the first SIGINT or SIGTERM, be it one that came before anybody waited."""
    await supervisor.asked_to_end.wait()


def _hear_signals(supervisor: Supervisor, say: Say) -> None:
    # Before anybody is told that it is ready: who reads that may send a signal at once. The second signal,
    # while things end, kills everything.
    def hear() -> None:
        if supervisor.asked_to_end.is_set():
            say("killed at once, as you insist")
            supervisor.kill()
        else:
            say("ending in order; Ctrl-C again to kill at once")
            supervisor.asked_to_end.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hear)


@contextlib.asynccontextmanager
async def _parts(supervisor: Supervisor, plan: Plan) -> AsyncIterator[None]:
    settings, home = plan.settings, supervisor.home
    children: list[Child] = []

    def part(kind: Any, name: str, own: Any) -> None:
        children.append(Child(kind, name, own, home))

    for number in range(settings.processes):
        part("worker", f"worker-{number + 1}", settings.worker)
    if plan.gateway:
        part("gateway", "gateway", settings.gateway)
    if plan.analytics:
        part("analytics", "analytics", settings.analytics)
    if plan.reporter:
        part("reporter", "reporter", ReporterSettings(nats=settings.nats, state=settings.state))
    watcher = None
    try:
        await supervisor.start(children, patient=plan.reload)
        await report_leftovers(supervisor.bus, home.held, {child.worker for child in children})
        await supervisor.listen(faults=bool(settings.faults))
        async with shown(supervisor.places(faults=bool(settings.faults))), _pool(supervisor, plan) as scaler:
            if plan.reload:
                targets = settings.worker.targets
                watcher = asyncio.create_task(_reload(supervisor, scaler, targets), name="reload")
            yield
    finally:
        if watcher is not None:
            watcher.cancel()
        await supervisor.stop(settings.worker.drain)


@contextlib.asynccontextmanager
async def _pool(supervisor: Supervisor, plan: Plan) -> AsyncIterator[Scaler | None]:
    settings = plan.settings
    if not plan.pool or settings.pool.most <= settings.processes:
        yield None
        return

    def residents() -> list[str]:
        return [child.worker for child in supervisor.children if child.kind == "worker"]

    pooling = Pooling(settings.worker, residents, settings.pool)
    async with scaling(supervisor.bus, pooling, supervisor.home) as scaler:
        supervisor.on_kill.append(scaler.kill)
        yield scaler


async def _reload(supervisor: Supervisor, scaler: Scaler | None, targets: tuple[str, ...]) -> None:
    async for changed in sources.changes(targets):
        supervisor.home.say(f"{', '.join(path.name for path in changed)} changed; workers begin anew")
        supervisor.renew_workers()
        if scaler is not None:
            await scaler.renew()


@contextlib.contextmanager
def _state(plan: Plan) -> Iterator[Path]:
    if not plan.ephemeral:
        with address.claimed(plan.settings.state):
            yield plan.settings.state
        return
    place = Path(tempfile.mkdtemp(prefix="revo-"))
    try:
        with address.claimed(place):
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _placed(settings: Settings, state: Path) -> Settings:
    """The settings with everything that is kept below the state directory."""
    return msgspec.structs.replace(
        settings,
        server=msgspec.structs.replace(settings.server, state=state),
        analytics=msgspec.structs.replace(settings.analytics, file=state / "analytics.duckdb"),
    )


def _home(settings: Settings, bus: Bus, say: Say, renewed: Callable[[], None]) -> Home:
    held = settings.state / "held"

    async def lost(worker: str) -> None:
        await report_lost(bus, held / worker)

    async def told(death: Ended) -> None:
        with contextlib.suppress(errors.RevoError):
            await bus.post(names.metric(death.worker, ENDED), codec.encode(death))

    return Home(settings.state / "logs", held, settings.log_level, say, lost, renewed, told, asyncio.Event())


def _stop_leftover(state: Path, say: Say) -> None:
    """End a nats-server whose supervisor was killed: we hold the lock, so nobody looks after it."""
    known = address.read(state)
    if known is None or known.server_pid is None:
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(known.server_pid)
        if str(state / "nats.conf") in process.cmdline():
            say(f"a nats-server (pid {known.server_pid}) was left from a run that was killed; ending it")
            process.terminate()
            process.wait(10)
