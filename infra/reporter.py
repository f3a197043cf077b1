"""Measures this host and tells the system: a part of its own, which also runs where nothing else does."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import psutil
from msgspec import Meta, Struct

from infra import address
from subjects import codec, errors, names
from subjects.bus import Bus
from subjects.messages import Network, SystemMetrics
from subjects.settings import NatsSettings

Processes = Callable[[], dict[str, int]]
"""Names and process ids of what is to be measured beside the host."""


class ReporterSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured, and how often."""

    nats: Annotated[NatsSettings, Meta(description="How to reach the bus.")] = NatsSettings()
    state: Annotated[Path, Meta(description="The disk that holds this directory is measured.")] = Path()
    host: Annotated[str, Meta(description="The name of this host; the machine's own where empty.")] = ""
    every: Annotated[float, Meta(ge=0.1, le=60, description="Seconds between two measurements.")] = 2.0


FIRST = 0.2
"""Seconds until the first measurement: CPU use is that since something, and nobody wants to wait for it."""


@contextlib.asynccontextmanager
async def running(settings: ReporterSettings) -> AsyncIterator[None]:
    """A reporter at work for as long as the context is open."""
    async with Bus.open(settings.nats) as bus:
        state, host = settings.state, settings.host or host_name()
        work = asyncio.create_task(
            run(bus, host, settings.every, state=state, processes=lambda: parts(state)), name="reporter"
        )
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def run(
    bus: Bus,
    host: str,
    every: float = 2.0,
    stop: asyncio.Event | None = None,
    *,
    processes: Processes | None = None,
    state: Path | None = None,
) -> None:
    """Publish this host's load every so many seconds, until `stop` is set or the task is cancelled."""
    subject, folder, end = names.metric(host, "system"), state or Path(), stop or asyncio.Event()
    psutil.cpu_percent(None)
    pause = min(FIRST, every)
    while not end.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await end.wait()
            return
        pause = every
        if not bus.connected:
            # Nobody wants old measurements; they would only fill the connection's buffer.
            continue
        with contextlib.suppress(errors.Unavailable):
            await bus.post(subject, codec.encode(measure(host, folder, processes)))


def measure(host: str, state: Path, processes: Processes | None = None) -> SystemMetrics:
    """This host now; CPU use is that since the last call. Takes less than a millisecond."""
    # None where the machine has no network card, whatever its types say.
    network: Any = psutil.net_io_counters()
    return SystemMetrics(
        host=host,
        cpu_usage=psutil.cpu_percent(None),
        memory_usage=psutil.virtual_memory().percent,
        disk_usage=psutil.disk_usage(str(state)).percent,
        network_io=Network(network.bytes_sent, network.bytes_recv) if network else Network(0, 0),
        timestamp=codec.now(),
        load=[round(value, 2) for value in psutil.getloadavg()],
        processes=_memory(processes() if processes else {}),
    )


def host_name() -> str:
    """The name of this machine as a part of a subject.

    >>> names.is_token(host_name())
    True
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64] or "host"


def parts(state: Path) -> dict[str, int]:
    """Names and process ids of the stack that runs on a state directory; empty where none does."""
    stack = address.read(state)
    if stack is None or not stack.alive:
        return {}
    server = {} if stack.server_pid is None else {"nats-server": stack.server_pid}
    return {"revo": stack.pid, **server, **stack.parts}


def _memory(processes: dict[str, int]) -> dict[str, float]:
    found = {}
    for name, pid in processes.items():
        with contextlib.suppress(psutil.Error):
            found[name] = float(psutil.Process(pid).memory_info().rss)
    return found
