"""The analytics process: it alone holds the DuckDB file; everybody else asks it over NATS."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial

import structlog

from analytics import rows
from analytics.alerts import Engine, questions, sql
from analytics.answer import CATALOG, Answers
from analytics.catalog import Query
from analytics.clock import Clock
from analytics.computed import Computed
from analytics.console import SCHEMA, Console
from analytics.ingest import POSITIONS, Memories, Positions, Reader
from analytics.insight import QUESTION as AGENT_INSIGHT
from analytics.insight import Insight
from analytics.prediction import QUERIES, Predictor
from analytics.retention import QUESTIONS as RETENTION
from analytics.retention import Retention, Storage
from analytics.rollups import Rollups
from analytics.settings import AnalyticsSettings
from analytics.status import Alarm, Announcer
from analytics.store import Store
from subjects import errors
from subjects.bus import Bus
from subjects.client import notifications
from subjects.client.handover import Handover
from subjects.settings import NatsSettings

log = structlog.get_logger()

QUESTIONS: tuple[Query, ...] = (
    CATALOG,
    POSITIONS,
    SCHEMA,
    *QUERIES,
    *questions.QUESTIONS,
    AGENT_INSIGHT,
    *RETENTION,
)
"""Every question that no SQL file answers."""


async def run(
    settings: AnalyticsSettings,
    ready: Callable[[], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Work until `stop` is set or the task is cancelled; `ready` is called once rows come in."""
    end = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop")
    work = asyncio.create_task(_work(settings, ready), name="analytics")
    try:
        # It also stops while it still waits for a server.
        await asyncio.wait({end, work}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
    finally:
        end.cancel()
        work.cancel()
        await asyncio.gather(end, work, return_exceptions=True)


async def _work(settings: AnalyticsSettings, ready: Callable[[], None] | None) -> None:
    async with running(settings):
        if ready is not None:
            ready()
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def running(settings: AnalyticsSettings) -> AsyncIterator[Store]:
    """A service at work for as long as the context is open.

    Waits for a NATS server as long as it takes; Unavailable where the file is not ours to open.
    """
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store.open(settings))
        bus = await _connected(stack, settings.nats)
        await stack.enter_async_context(Handover(bus, "analytics").running())
        readers = [Reader(bus, store, source, settings) for source in rows.SOURCES]
        storage = Storage(store, settings)
        clock = Clock(store)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.run(), name=reader.name) for reader in readers]
            tasks.append(group.create_task(Memories(bus, store, settings).run(), name="memories"))
            tasks.append(group.create_task(Retention(store, settings, clock).run(), name="retention"))
            tasks.append(group.create_task(Announcer(bus, store, settings).run(), name="status"))
            tasks.append(group.create_task(Alarm(bus, store, settings).run(), name="alarm"))
            tasks.append(group.create_task(Rollups(store, clock).run(), name="rollups"))
            alerts = Engine(bus, store, settings, partial(notifications.notify, bus), partial(sql.ask, bus))
            console = Console(bus, store, settings)
            await stack.enter_async_context(console.open())
            tasks.append(group.create_task(alerts.run(), name="alerts"))
            predictor = await stack.enter_async_context(Predictor(store).open())
            computed = (
                Positions(bus, store, readers).computed,
                *predictor.computed,
                *questions.answers(alerts, store),
                Insight(store).computed,
                *storage.computed,
                Computed(SCHEMA, console.schema),
            )
            await stack.enter_async_context(Answers(bus, store, settings, computed).open())
            for reader in readers:
                await reader.started.wait()
            yield store
            for task in tasks:
                task.cancel()


async def _connected(stack: contextlib.AsyncExitStack, settings: NatsSettings) -> Bus:
    told = False
    while True:
        try:
            return await stack.enter_async_context(Bus.open(settings))
        except errors.Unavailable as error:
            if not told:
                log.warning("analytics waited for nats", error=error.message)
            told = True
            await asyncio.sleep(0.5)
