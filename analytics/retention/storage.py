"""What is where: the size of the file, and for each table its rows, their age, and what stands in Parquet."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import psutil

from analytics.catalog import Parameter, Query
from analytics.computed import Computed
from analytics.settings import AnalyticsSettings
from analytics.store import TABLES, Store, Table

STORAGE = Query(
    "storage", "Each table: its rows, the oldest and the newest, how long they stay, its Parquet files."
)
FILE = Query(
    "file", "How large the file is, of that in use and not yet checkpointed; how often it was opened anew."
)
EXPORT = Query(
    "export",
    "Writes to Parquet, now, what has changed since the last time, and tells the files.",
    (Parameter("day", "time", None, "Tell only of this day."),),
)
QUESTIONS = (STORAGE, FILE, EXPORT)


class Storage:
    """Answers these questions."""

    def __init__(self, store: Store, settings: AnalyticsSettings) -> None:
        self._store = store
        self._settings = settings
        self.computed = (
            Computed(STORAGE, self._storage),
            Computed(FILE, self._file),
            Computed(EXPORT, self._export),
        )

    async def _storage(self, values: Mapping[str, Any]) -> Table:
        del values
        parts = [
            f"SELECT '{table.name}', count(*), min({table.time}), max({table.time}) FROM {table.name}"  # noqa: S608
            for table in TABLES
        ]
        parts.append("SELECT 'live.memories', count(*), min(created_at), max(created_at) FROM live.memories")
        rows = (await self._store.query(" UNION ALL ".join(parts))).rows
        stored = await self._store.parquet()
        keep = {table.name: getattr(self._settings, table.keep) for table in TABLES if table.keep}
        found = [[*row, keep.get(row[0]), *stored.get(row[0], (0, 0))] for row in sorted(rows)]
        return Table(["table", "rows", "oldest", "newest", "keep_days", "files", "file_bytes"], found)

    async def _file(self, values: Mapping[str, Any]) -> Table:
        del values
        [[blocks, size]] = (
            await self._store.query(
                "SELECT used_blocks, block_size FROM pragma_database_size() "
                "WHERE database_name = current_database()"
            )
        ).rows
        path = self._settings.file
        log = path.with_name(path.name + ".wal")
        row = [
            path.stat().st_size,
            blocks * size,
            log.stat().st_size if log.exists() else 0,
            psutil.Process().memory_info().rss,
            self._store.opened,
        ]
        return Table(["file_bytes", "used_bytes", "log_bytes", "process_bytes", "opened_anew"], [row])

    async def _export(self, values: Mapping[str, Any]) -> Table:
        only: date | None = None if values["day"] is None else values["day"].date()
        done = [own for own in await self._store.export() if only in (None, own.day)]
        return Table(["file", "rows", "bytes"], [[own.file, own.rows, own.bytes] for own in done])
