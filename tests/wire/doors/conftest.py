"""A worker, a gateway, and every door that leads to them."""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from functions import registry, service
from functions.settings import WorkerSettings
from functions.worker import Worker
from gateway import serve
from gateway.settings import GatewaySettings
from infra.server import Server
from subjects.bus import Bus
from subjects.client import Client
from subjects.settings import NatsSettings

JOBS = str(Path(__file__).with_name("door_jobs.py"))
ROOT = Path(__file__).parents[3]
BUILT = ROOT / ".tools" / "bin" / "nats"


class Said(NamedTuple):
    """What a command printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Awaitable[Said]]


class Place(NamedTuple):
    """Where the doors are."""

    bus: Bus
    client: Client
    nats_url: str
    http: str
    nats: Command
    revo: Command


@pytest_asyncio.fixture
async def worker(nats_server: Server, bus: Bus) -> AsyncIterator[Worker]:
    """A worker with the one function."""
    settings = WorkerSettings(
        nats=NatsSettings(url=nats_server.url), targets=(JOBS,), slots=4, name="w-doors"
    )
    async with service.running(settings, registry.load([JOBS]).values()) as running:
        yield running


@pytest_asyncio.fixture
async def gateway(nats_server: Server, worker: Worker) -> AsyncIterator[str]:
    """The address of a gateway."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    settings = GatewaySettings(nats=NatsSettings(url=nats_server.url), port=0)
    task = asyncio.create_task(serve.run(settings, ready.set_result, stop))
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    yield ready.result()
    stop.set()
    await task


@pytest.fixture
def nats(nats_server: Server, tmp_path: Path) -> Command:
    """The real `nats` command line. Says loudly where it is missing; REQUIRE_NATS_CLI makes that an error."""
    binary = str(BUILT) if BUILT.exists() else shutil.which("nats")
    if binary is None:
        said = (
            "THE REAL nats COMMAND LINE DID NOT RUN: tools/nats-cli/install.sh builds it; a raw one stood in"
        )
        if os.environ.get("REQUIRE_NATS_CLI"):
            pytest.fail(said)
        pytest.skip(said)
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": os.environ["PATH"]}

    async def run(*words: str, within: float = 10.0) -> Said:
        return await ran([binary, "--no-context", "--server", nats_server.url, *words], home, within)

    return run


@pytest.fixture
def revo(nats_server: Server, tmp_path: Path) -> Command:
    """The `revo` command line, against this test's server."""
    here = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": here}

    async def run(*words: str, within: float = 15.0) -> Said:
        own = [sys.executable, "-m", "infra", *words, "--server", nats_server.url]
        return await ran(own, environment, within)

    return run


async def ran(argv: list[str], environment: dict[str, str], within: float) -> Said:
    """What a command printed; killed where it does not end."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return Said(process.returncode or 0, out.decode(), err.decode())
