"""Answers named queries over NATS: parameters in as a JSON object, rows out.

$ nats req analytics.query.slowest '{"limit": 3}'
{"columns":["id",...],"rows":[["t-1",...],...],"truncated":false,"took_ms":1.9}
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import structlog
from msgspec import Struct
from msgspec.json import Decoder

from analytics import catalog
from analytics.catalog import Catalog, Query
from analytics.computed import Computed
from analytics.settings import AnalyticsSettings
from analytics.store import Store, Table
from subjects import codec, errors, names
from subjects.bus import Bus, Message

log = structlog.get_logger()

GROUP = "analytics"
MARGIN = 4096
"""Bytes of a message that are left for its headers."""

_parameters = Decoder(dict[str, Any])

CATALOG = Query("catalog", "All queries, with what they take.")
"""Answered here, without SQL."""


class Answer(Struct, frozen=True):
    """What comes back: values row by row."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    took_ms: float


class Answers:
    """Answers questions for as long as `open` is entered."""

    def __init__(
        self, bus: Bus, store: Store, settings: AnalyticsSettings, computed: Iterable[Computed] = ()
    ) -> None:
        known = (Computed(CATALOG, self._catalog), *computed)
        self.catalog: Catalog = catalog.load(*(own.query for own in known))
        self._computed = {own.query.name: own.answer for own in known}
        self._bus = bus
        self._store = store
        self._settings = settings
        self._running: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take questions; with several instances, each question goes to one of them."""
        subscription = await self._bus.subscribe(names.QUERIES, self._take, GROUP)
        try:
            yield
        finally:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def ask(self, name: str, given: Mapping[str, Any]) -> Answer:
        """The answer to a query; NotFound, InvalidRequest or WaitTimeout where there is none."""
        started = time.perf_counter()
        query = self.catalog.find(name)
        values = query.bind(given)
        if query.sql:
            table = await self._store.query(query.sql, values, self._settings.answer_rows)
        else:
            table = await self._computed[name](values)
        took = round((time.perf_counter() - started) * 1000, 3)
        return Answer(table.columns, table.rows, table.truncated, took)

    async def _take(self, message: Message) -> None:
        if not message.reply:
            return
        if len(self._running) >= self._settings.answers_waiting:
            await self._refuse(message, errors.Overloaded("too many questions are being answered"))
            return
        task = asyncio.create_task(self._respond(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _respond(self, message: Message) -> None:
        name = message.subject.rpartition(".")[2]
        try:
            given = codec.decode(message.data, _parameters) if message.data else {}
            answer = await self.ask(name, given)
            await self._bus.post(message.reply, self._fitting(answer))
        except errors.RevoError as error:
            await self._refuse(message, error)
        except Exception:
            log.exception("query failed", subject=message.subject)
            await self._refuse(message, errors.RevoError("the query failed"))

    def _fitting(self, answer: Answer) -> bytes:
        """The answer with as many rows as a message holds."""
        payload = codec.encode(answer)
        most = self._bus.nats.max_payload - MARGIN
        while len(payload) > most:
            fewer = answer.rows[: len(answer.rows) * most // (2 * len(payload))]
            answer = Answer(answer.columns, fewer, truncated=True, took_ms=answer.took_ms)
            payload = codec.encode(answer)
        return payload

    async def _refuse(self, message: Message, error: errors.RevoError) -> None:
        text = " ".join(f"{error.code}: {error.message}".split())
        headers = {"Nats-Service-Error": text, "Nats-Service-Error-Code": str(error.status)}
        with contextlib.suppress(errors.Unavailable):
            await self._bus.post(message.reply, headers=headers)

    async def _catalog(self, values: Mapping[str, Any]) -> Table:
        del values
        known = self.catalog.queries.values()
        return Table(
            ["name", "doc", "parameters"],
            [[query.name, query.doc, codec.to_builtins(query.parameters)] for query in known],
        )
