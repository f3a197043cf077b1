"""Keeps `live.memories` as the stream MEMORIES is: what is stored, replaced, forgotten, at an end.

In memory alone (docs/decisions/0026), so it is read from the beginning at every start.
"""

import asyncio
from typing import Any

import structlog

from analytics.rows import memories
from analytics.settings import AnalyticsSettings
from analytics.store import Statement, Store
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Record, Records

log = structlog.get_logger()

PAUSE = 1.0
SWEEP = 30.0
"""Seconds between two looks for memories whose time is over; a question leaves those out by itself."""
MEMORY = names.any_memory().partition("*")[0]

INSERT = """
INSERT INTO live.memories BY NAME
SELECT
    unnest($id) AS id, unnest($namespace) AS namespace, unnest($kind) AS kind,
    unnest($tags::VARCHAR[][]) AS tags,
    unnest($importance::DOUBLE[]) AS importance, unnest($text_bytes) AS text_bytes,
    unnest($vector_bytes) AS vector_bytes, unnest($created_at::TIMESTAMP[]) AS created_at,
    unnest($expires_at::TIMESTAMP[]) AS expires_at, unnest($stream_seq) AS stream_seq
"""
DELETE = """
DELETE FROM live.memories WHERE (namespace, id) IN (SELECT unnest($namespaces), unnest($ids))
"""
EXPIRED = "DELETE FROM live.memories WHERE expires_at < $now"
COLUMNS = (
    "id", "namespace", "kind", "tags", "importance", "text_bytes", "vector_bytes", "created_at", "expires_at",
    "stream_seq",
)  # fmt: skip

Key = tuple[str, str]


class Memories:
    """Reads the stream for as long as `run` is awaited."""

    def __init__(self, bus: Bus, store: Store, settings: AnalyticsSettings) -> None:
        self._records = Records(bus, streams.STREAM_MEMORIES)
        self._store = store
        self._every = settings.status_every

    async def run(self) -> None:
        """Follow the stream until cancelled: whatever goes wrong is told, and begun again."""
        told = ""
        while True:
            try:
                await self._follow()
                told = ""
            except errors.RevoError as error:
                if error.message != told:
                    log.warning("memories waited", error=error.message)
                told = error.message
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        """Read from the beginning, then what comes, for as long as stream and file are the same."""
        loop = asyncio.get_running_loop()
        opened, sequence, sweep = self._store.opened, 0, loop.time()
        born = (await self._records.info())["created"]
        await self._store.execute(Statement("TRUNCATE live.memories"))
        while self._store.opened == opened:
            info = await self._records.info()
            if info["created"] != born or info["state"]["last_seq"] < sequence:
                return
            while info["state"]["last_seq"] > sequence:
                page = await self._records.range(">", sequence + 1, 1000)
                if not page:
                    break
                await self._store.execute(*changes(page))
                sequence = page[-1].sequence
            if loop.time() >= sweep:
                now = codec.now().replace(tzinfo=None)
                await self._store.execute(Statement(EXPIRED, {"now": now}))
                sweep = loop.time() + SWEEP
            await asyncio.sleep(self._every)


def changes(page: list[Record]) -> list[Statement]:
    """What a page of the stream changes. A message that is no memory changes nothing."""
    rows: dict[Key, dict[str, Any] | None] = {}
    for record in page:
        try:
            rows.update(_change(record))
        except errors.RevoError as error:
            # Not in quarantine: it would keep what somebody may want forgotten.
            log.warning("memory unreadable", sequence=record.sequence, error=error.message)
    kept = [row for row in rows.values() if row is not None]
    gone = {"namespaces": [namespace for namespace, _ in rows], "ids": [id for _, id in rows]}
    statements = [Statement(DELETE, gone)] if rows else []
    if kept:
        statements.append(Statement(INSERT, {name: [row[name] for row in kept] for name in COLUMNS}))
    return statements


def _change(record: Record) -> dict[Key, dict[str, Any] | None]:
    if not record.subject.startswith(MEMORY):
        namespace = record.subject.partition(".")[2]
        return {(namespace, id): None for id in memories.forgotten(record.data)}
    name = names.parse_memory(record.subject)
    own = {"id": name.id, "namespace": name.namespace, "stream_seq": record.sequence}
    return {(name.namespace, name.id): {**own, **memories.memory(record.data)} if record.data else None}
