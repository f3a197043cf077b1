"""A worker process from its settings to its end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import structlog
from msgspec import structs

from functions import registry, task_models
from functions.adapters.artifacts import StoredArtifacts
from functions.adapters.deployments import LocalDeployments
from functions.adapters.egress import LocalEgress
from functions.adapters.fleet import StoredFleet
from functions.adapters.memory.recall import Recall
from functions.adapters.memory.remember import TaskMemory
from functions.adapters.outbox import LocalOutbox
from functions.adapters.projects import LocalProjects
from functions.adapters.sandbox import LocalSandbox
from functions.announce import announce, answering
from functions.api import Function
from functions.control import controlled
from functions.host import Facilities
from functions.ports import Ways
from functions.settings import WorkerSettings
from functions.state import WorkerState
from functions.undertaker import Undertaker
from functions.worker import Worker
from subjects import codec, names
from subjects.bus import Bus, Message
from subjects.client.handover import Handover
from subjects.fleet import Draining
from subjects.ids import new_id
from subjects.kv import Objects
from subjects.traces import OFF, Tracer

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def running(
    settings: WorkerSettings, functions: Iterable[Function[..., Any]], tracer: Tracer = OFF
) -> AsyncIterator[Worker]:
    """A worker with a connection of its own, at work for as long as the context is open."""
    name = settings.name or f"w-{new_id()[-12:]}"
    settings = structs.replace(settings, name=names.token(name))
    connection = structs.replace(settings.nats, name=f"{names.CONNECTION}{settings.name}")
    async with contextlib.AsyncExitStack() as stack:
        bus = await stack.enter_async_context(Bus.open(connection))
        projects = await stack.enter_async_context(LocalProjects(settings.roots, _fetch(bus)))
        artifacts = StoredArtifacts(Objects(bus, "artifacts"))
        models = task_models.opened(bus, settings)
        stack.push_async_callback(models.close)
        recall = Recall(bus, settings.memory)
        stack.push_async_callback(recall.close)
        services = (*settings.nats.url.split(","), *settings.services)
        egress = LocalEgress(Ways(settings.browse, settings.browse_private, services))
        ways = Ways(settings.webhooks, settings.webhooks_private, services)
        outbox = LocalOutbox(bus, LocalEgress(ways), settings.smtp, os.environ)
        state = WorkerState(bus, settings, {function.name: function for function in functions}, tracer)
        facilities = Facilities(
            await LocalSandbox.probe(),
            projects,
            artifacts,
            StoredFleet(bus),
            lambda held: task_models.bound(models, held, settings.name, tracer),
            lambda model: TaskMemory(recall, model),
            egress,
            LocalDeployments(settings.deploy),
            outbox,
            set(state.functions),
            settings.advisories,
            settings.models.key_variables | outbox.variables,
            tracer,
        )
        worker = Worker(state, facilities)
        handover, undertaker = Handover(bus, settings.name), Undertaker(bus, settings.name)
        doors = await stack.enter_async_context(contextlib.AsyncExitStack())
        worker.shut = doors.aclose
        if settings.announce:
            await announce(state)
            spawn = await doors.enter_async_context(answering(state, facilities))
            await doors.enter_async_context(controlled(bus, spawn))
        await handover.open()
        stack.push_async_callback(handover.close)
        await undertaker.open()
        stack.push_async_callback(undertaker.close)
        await bus.subscribe(names.control("yield", settings.name), worker.on_yield)
        await worker.open()
        stack.push_async_callback(worker.close)
        yield worker


async def run(
    settings: WorkerSettings,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event | None = None,
    tracer: Tracer = OFF,
) -> None:
    """Work until SIGTERM, SIGINT, `stop`, or all is done after a `control.drain` signal.

    `ready` is told the worker's id.
    """
    ended = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    functions = registry.load(settings.targets, settings.only)
    async with running(settings, functions.values(), tracer) as worker, drainable(worker, ended):
        if ready is not None:
            ready(worker.state.id)
        await ended.wait()


@contextlib.asynccontextmanager
async def drainable(worker: Worker, ended: asyncio.Event) -> AsyncIterator[None]:
    """Hear `control.drain`: `ended` is set once the worker has done what it had begun."""
    bus, id = worker.state.bus, worker.state.id
    leaving: list[asyncio.Task[None]] = []

    async def leave() -> None:
        try:
            await worker.drain()
        finally:
            ended.set()

    async def on_drain(message: Message) -> None:
        if message.subject.rpartition(".")[2] not in ("all", id):
            return
        log.info("drain asked for", worker=id, running=len(worker.state.held))
        if not leaving:
            leaving.append(asyncio.create_task(leave(), name="drain"))
        if message.reply:
            await bus.post(message.reply, codec.encode(Draining(id, len(worker.state.held))))

    heard = await bus.subscribe(names.control("drain", "x").removesuffix("x") + "*", on_drain)
    try:
        yield
    finally:
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        with contextlib.suppress(Exception):
            await heard.unsubscribe()


def _fetch(bus: Bus) -> Callable[[str], Any]:
    async def fetch(reference: str) -> bytes:
        bucket, _, name = reference.partition("/")
        return await Objects(bus, bucket).get(name)

    return fetch
