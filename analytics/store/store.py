"""DuckDB for a program with an event loop: one thread writes, two read, the loop never waits.

>>> import tempfile
>>> from pathlib import Path
>>> async def count() -> list[object]:
...     with tempfile.TemporaryDirectory() as folder:
...         async with Store.open(AnalyticsSettings(file=Path(folder) / "a.duckdb")) as store:
...             return (await store.query("SELECT count(*) AS n FROM tasks")).rows[0]
>>> asyncio.run(count())
[0]
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import duckdb
from msgspec import Raw

from analytics.settings import AnalyticsSettings
from analytics.store.file import Batch, DataErrors, File, Position, Statement
from subjects import errors

T = TypeVar("T")

READERS = 2
MANY = 1_000_000


class Table(NamedTuple):
    """The answer to a query; `truncated` says that there was more."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = False


class Store:
    """An open file. Open it with `async with Store.open(settings) as store`.

    `changed` is set by every append; `reached` says to where each stream was read since the file was opened.
    """

    def __init__(self, settings: AnalyticsSettings, file: File, writer: ThreadPoolExecutor) -> None:
        self.changed = asyncio.Event()
        self.reached: dict[str, Position] = {}
        self._settings = settings
        self._file = file
        self._writer = writer
        self._readers = ThreadPoolExecutor(READERS, "duckdb-reader")

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: AnalyticsSettings) -> AsyncIterator["Store"]:
        """The file, made or brought to this version; Unavailable where it is not ours to open."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "duckdb-writer") as writer:
            file = await loop.run_in_executor(writer, File, settings)
            store = cls(settings, file, writer)
            try:
                yield store
            finally:
                await loop.run_in_executor(writer, store._readers.shutdown)
                await loop.run_in_executor(writer, file.close)

    async def append(self, batch: Batch) -> int:
        """Write rows and position, both or neither, on disk. The number of rows set aside."""
        aside = await self._write(lambda: self._file.append(batch))
        self.reached[batch.position.stream] = batch.position
        self.changed.set()
        return aside

    async def move(self, position: Position) -> None:
        """Write a position alone: the stream is not what it was."""
        await self._write(lambda: self._file.place(position))

    async def execute(self, *statements: Statement) -> None:
        """Run statements in one transaction, all or none, between two batches of rows."""
        await self._write(lambda: self._file.execute(statements))

    async def position(self, stream: str) -> Position | None:
        """How far a stream has been read, or None where it never was."""
        found = await self.query(
            "SELECT stream, epoch, sequence, stored_at FROM positions WHERE stream = $stream",
            {"stream": stream},
        )
        return Position(*found.rows[0]) if found.rows else None

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None, most: int = MANY) -> Table:
        """Rows of one SELECT as plain values, at most `most`; WaitTimeout after `answer_within` seconds."""
        cursor = self._file.connection.cursor()
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._readers, _fetch, cursor, sql, dict(parameters or {}), most)
        try:
            async with asyncio.timeout(self._settings.answer_within):
                return await asyncio.shield(running)
        except TimeoutError:
            cursor.interrupt()
            with contextlib.suppress(duckdb.Error):
                await running
            longest = self._settings.answer_within
            raise errors.WaitTimeout(f"the query took longer than {longest:g} s") from None
        except DataErrors as error:
            raise errors.InvalidRequest(str(error).splitlines()[0]) from error
        except duckdb.Error as error:
            raise errors.RevoError(f"the query failed: {error}") from error

    async def _write(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, work)
        except duckdb.FatalException:
            # The file must be opened anew: end the process, and let it be started again.
            raise
        except duckdb.Error as error:
            raise errors.Unavailable(f"{self._file.path}: {error}") from error


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any], most: int) -> Table:
    with cursor:
        cursor.execute(sql, parameters)
        columns = [(str(column[0]), str(column[1])) for column in cursor.description or []]
        found = cursor.fetchmany(most + 1)
    kinds = [kind for _, kind in columns]
    rows = [[_plain(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in found[:most]]
    return Table([name for name, _ in columns], rows, len(found) > most)


def _plain(value: Any, kind: str) -> Any:
    if kind == "JSON" and value is not None:
        return Raw(value.encode())
    if isinstance(value, datetime):
        # Times stand in the file as UTC without saying so.
        return value.replace(tzinfo=UTC)
    return value
