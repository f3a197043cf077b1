"""Answers statements of analysts over NATS.

$ nats req analytics.sql '{"sql": "SELECT state, count(*) FROM tasks GROUP BY ALL"}'
{"columns":["state","count_star()"],"types":["VARCHAR","BIGINT"],"rows":[["completed",3]],"truncated":"",...}
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from msgspec import Raw, Struct
from msgspec.json import Decoder

from analytics.console import visible
from analytics.console.child import MARGIN, Head, Order
from analytics.console.copies import Copies
from analytics.console.pool import Pool
from analytics.settings import AnalyticsSettings
from analytics.store import Store, Table
from subjects import codec, errors, names, sql
from subjects.bus import Bus, Message
from subjects.client.refusal import refusal
from subjects.sql import Statement

log = structlog.get_logger()

GROUP = "analytics"

_statements = Decoder(Statement)


class Answered(Struct, frozen=True):
    """An answer on its way out."""

    data: bytes
    headers: dict[str, str]


class Console:
    """Takes statements for as long as `open` is entered."""

    def __init__(self, bus: Bus, store: Store, settings: AnalyticsSettings) -> None:
        self._bus = bus
        self._store = store
        self._settings = settings.console
        self._copies = Copies(store, settings.console)
        self._pool = Pool(settings.console)
        self._running: set[asyncio.Task[None]] = set()
        self._asked_at = 0.0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take statements; with several instances, each one goes to one of them."""
        async with self.resources():
            subscription = await self._bus.subscribe(names.SQL, self._take, GROUP)
            try:
                yield
            finally:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    @contextlib.asynccontextmanager
    async def resources(self) -> AsyncIterator[None]:
        """What `ask` needs, for who asks in this process."""
        keeper = asyncio.create_task(self._rest(), name="console")
        try:
            yield
        finally:
            for task in (keeper, *self._running):
                task.cancel()
            await asyncio.gather(keeper, *self._running, return_exceptions=True)
            await self._pool.close()
            self._copies.drop()

    async def ask(self, statement: Statement) -> Answered:
        """The answer to a statement; the error of the table that says what is wrong with it."""
        self._asked_at = time.monotonic()
        started = time.perf_counter()
        room = min(self._settings.bytes, self._bus.nats.max_payload - 2 * MARGIN)
        most = min(statement.rows or self._settings.rows, self._settings.rows)
        order = Order(statement.sql, statement.parameters, most, room, statement.format)
        async with self._pool.lent() as child:
            copy = await self._copies.fresh()
            as_of = copy.as_of
            head, body = await child.run(copy.descriptor, order, self._settings.seconds)
        if head.code:
            raise errors.BY_CODE.get(head.code, errors.RevoError)(head.message, **head.details)
        took = round((time.perf_counter() - started) * 1000, 3)
        if statement.format != "json":
            told = {sql.TRUNCATED: head.truncated, sql.TOOK: str(took), sql.AS_OF: as_of.isoformat()}
            return Answered(body, told)
        return Answered(_written(head, body, took, as_of.isoformat()), {})

    async def schema(self, values: Mapping[str, Any]) -> Table:
        """The answer to the question `schema`."""
        return await visible.schema(self._store, values)

    async def _take(self, message: Message) -> None:
        if message.reply:
            task = asyncio.create_task(self._respond(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _respond(self, message: Message) -> None:
        try:
            answer = await self.ask(codec.decode(message.data, _statements))
            await self._bus.post(message.reply, answer.data, headers=answer.headers)
        except errors.InvalidInput as error:
            await self._refuse(message, errors.InvalidRequest(error.message))
        except errors.RevoError as error:
            await self._refuse(message, error)
        except Exception:
            log.exception("statement failed")
            await self._refuse(message, errors.RevoError("the statement failed"))

    async def _refuse(self, message: Message, error: errors.RevoError) -> None:
        with contextlib.suppress(errors.Unavailable):
            await self._bus.post(message.reply, codec.encode(error.info()), headers=refusal(error))

    async def _rest(self) -> None:
        """Drop what nobody asks for any more: the copy, and the child that waits."""
        while True:
            await asyncio.sleep(max(self._settings.kept / 4, 0.05))
            idle = not self._running and time.monotonic() - self._asked_at > self._settings.kept
            if idle:
                self._copies.drop()
                await self._pool.close()


def _written(head: Head, rows: bytes, took: float, as_of: str) -> bytes:
    return codec.encode(
        {
            "columns": head.columns,
            "types": head.types,
            "rows": Raw(rows),
            "truncated": head.truncated,
            "took_ms": took,
            "as_of": as_of,
        }
    )
