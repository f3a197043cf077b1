"""Workers for tests: in this process, and as processes that can be killed."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
import pytest_asyncio

from functions import Function, registry, service
from functions.settings import WorkerSettings
from functions.worker import Worker
from infra.server import Server
from infra.settings import encode
from subjects import errors
from subjects.bus import Bus
from subjects.client import Client
from subjects.settings import NatsSettings

SAMPLE = str(Path(__file__).with_name("sample.py"))


class StartWorker(Protocol):
    def __call__(self, *functions: Function, **settings: object) -> Awaitable[Worker]: ...


@pytest_asyncio.fixture
async def start_worker(nats_server: Server, bus: Bus) -> AsyncIterator[StartWorker]:
    """Starts a worker in this process; with no functions named, one that has all of sample.py."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*functions: Function, **settings: object) -> Worker:
            own = functions or tuple(registry.load([SAMPLE]).values())
            given = {"slots": 4, "drain": 0.2, "ignore_cancel": 0.3, **settings}
            made = WorkerSettings(nats=NatsSettings(url=nats_server.url), **given)
            return await stack.enter_async_context(service.running(made, own))

        yield start


class WorkerProcess:
    """A worker process that has said it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, id: str) -> None:
        self.process = process
        self.id = id

    def kill(self) -> None:
        self.process.kill()

    async def terminate(self) -> int:
        self.process.terminate()
        return await self.process.wait()


_RUN = """
import sys, uvloop
from functions import service
from functions.settings import WorkerSettings
from infra.settings import decode
settings = decode(sys.argv[1].encode(), WorkerSettings)
uvloop.run(service.run(settings, ready=lambda id: print(id, flush=True)))
"""


@pytest_asyncio.fixture
async def worker_process(
    nats_server: Server, bus: Bus
) -> AsyncIterator[Callable[..., Awaitable[WorkerProcess]]]:
    """Starts worker processes that run sample.py; what is left of them is killed at the end."""
    started: list[asyncio.subprocess.Process] = []

    async def start(**settings: object) -> WorkerProcess:
        given = {"slots": 4, "drain": 5.0, "ignore_cancel": 0.3, "targets": [SAMPLE], **settings}
        own = msgspec.convert({"nats": {"url": nats_server.url}, **given}, WorkerSettings)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _RUN,
            encode(own).decode(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])},
        )
        started.append(process)
        assert process.stdout is not None
        while not (line := await process.stdout.readline()).startswith(b"w-"):
            assert line, "the worker process ended before it was ready"
        return WorkerProcess(process, line.decode().strip())

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def until(client: Client) -> Callable[..., Awaitable[None]]:
    """Waits until a fact is true of a task: `await until(id, state="running")`."""

    async def wait(id: str, **facts: object) -> None:
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(errors.NotFound):
                    view = await client.get(id)
                    if all(getattr(view, name) == value for name, value in facts.items()):
                        return

    return wait


@pytest.fixture
def sample() -> tuple[Function, ...]:
    """The functions of sample.py."""
    return tuple(registry.load([SAMPLE]).values())
