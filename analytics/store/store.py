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
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

import duckdb
import structlog
from msgspec import Raw

from analytics.settings import AnalyticsSettings
from analytics.store import opening, pieces, snapshot
from analytics.store.archive import Exported
from analytics.store.file import Batch, File, Position, Statement
from analytics.store.lines import DataErrors
from analytics.store.snapshot import Snapshot
from subjects import errors

log = structlog.get_logger()

T = TypeVar("T")

READERS = 2
AGAIN = 1.0
"""Seconds between two tries to open a file that DuckDB has given up."""
FULL_FOR = 60.0
"""Seconds without a refusal until a full disk is told anew: small rows may fit where large ones do not."""
MANY = 1_000_000


class Table(NamedTuple):
    """The answer to a query; `truncated` says that there was more."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = False


class Store:
    """An open file. Open it with `async with Store.open(settings) as store`.

    `changed` is set by every append, and those in `appended` are called with what was written; `reached` says
    to where each stream was read since the file was opened.
    DuckDB gives a file up where a disk is full; it is then opened anew, again and again until that goes, and
    whoever asks meanwhile is told Unavailable. `opened` counts this: a reader goes on from where the file is.
    """

    def __init__(self, settings: AnalyticsSettings, file: File, writer: ThreadPoolExecutor) -> None:
        self.changed = asyncio.Event()
        self.appended: list[Callable[[Batch], None]] = []
        self.reached: dict[str, Position] = {}
        self.opened = 0
        self._settings = settings
        self._file = file
        self._writer = writer
        self._readers = ThreadPoolExecutor(READERS, "duckdb-reader")
        self._archiver = ThreadPoolExecutor(1, "duckdb-archiver")
        self._exporting = asyncio.Lock()
        self._given_up = ""
        self._full_at = -math.inf
        self._tried_at = 0.0

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: AnalyticsSettings) -> AsyncIterator["Store"]:
        """The file, made or brought to this version; Unavailable where it is not ours to open."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "duckdb-writer") as writer:
            opening = loop.run_in_executor(writer, File, settings)
            try:
                file = await asyncio.shield(opening)
            except asyncio.CancelledError:
                # The thread opens it all the same: nobody else would close it.
                with contextlib.suppress(errors.RevoError):
                    await loop.run_in_executor(writer, (await opening).close)
                raise
            store = cls(settings, file, writer)
            try:
                yield store
            finally:
                await loop.run_in_executor(writer, store._archiver.shutdown)
                await loop.run_in_executor(writer, store._readers.shutdown)
                await loop.run_in_executor(writer, file.close)

    async def append(self, batch: Batch) -> int:
        """Write rows and position, both or neither, on disk. The number of rows set aside.

        Unavailable where the file is not the one that the batch was read for.
        """

        def work() -> int:
            if batch.opened not in (None, self.opened):
                raise errors.Unavailable(f"{self._file.path} was opened anew")
            return self._file.append(batch)

        aside = await self._write(work)
        self.reached[batch.position.stream] = batch.position
        self.changed.set()
        for listener in self.appended:
            listener(batch)
        return aside

    async def move(self, position: Position) -> None:
        """Write a position alone: the stream is not what it was."""
        await self._write(lambda: self._file.place(position))

    async def execute(self, *statements: Statement) -> None:
        """Run statements in one transaction, all or none, between two batches of rows."""
        await self._write(lambda: self._file.execute(statements))

    async def export(self) -> list[Exported]:
        """Write to Parquet every day whose rows have changed since; what was written."""
        async with self._exporting:
            done = await self._run(
                self._archiver, lambda: self._file.archive.export(self._file.connection.cursor())
            )
            await self._write(lambda: self._file.record(done))
        return done

    async def parquet(self) -> dict[str, tuple[int, int]]:
        """Of each table, the number of its Parquet files and their bytes."""
        return await self._run(self._archiver, self._file.archive.sizes)

    async def drop(self, name: str, day: date) -> int:
        """Take a day out of a table, if its Parquet file holds all of it; the rows that went."""
        return await self._write(lambda: self._file.drop(name, day))

    async def position(self, stream: str) -> Position | None:
        """How far a stream has been read, or None where it never was."""
        found = await self.query(
            "SELECT stream, epoch, sequence, stored_at FROM positions WHERE stream = $stream",
            {"stream": stream},
        )
        return Position(*found.rows[0]) if found.rows else None

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None, most: int = MANY) -> Table:
        """Rows of one SELECT as plain values, at most `most`; WaitTimeout after `answer_within` seconds."""
        if self._given_up:
            await self._write(lambda: None)
        try:
            cursor = self._file.connection.cursor()
        except duckdb.Error as error:
            raise self._wrong(error) from error
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
            raise self._wrong(error) from error

    async def snapshot(self, visible: Collection[str]) -> Snapshot:
        """A copy of the file as it is now, with these tables and views only; the caller closes it.

        Rows wait while the bytes are copied, and go on while what is hidden is taken out.
        """
        copy = await self._write(self._file.copy)
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, snapshot.published, copy, visible
        )

    async def _write(self, work: Callable[[], T]) -> T:
        return await self._run(self._writer, lambda: self._sound(work))

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except (OSError, duckdb.Error) as error:
            self._note_full(error)
            # The lines that DuckDB is to read, and Parquet files, are written by the system alone.
            told = self._wrong(error).message if isinstance(error, duckdb.Error) else str(error)
            raise errors.Unavailable(told) from error

    def _sound(self, work: Callable[[], T]) -> T:
        """`work` on a file that DuckDB has not given up; in the thread that writes."""
        if self._given_up:
            now = time.monotonic()
            if now - self._tried_at < AGAIN:
                raise errors.Unavailable(self._given_up)
            self._tried_at = now
            self._file.reopen()
            self._file.note("given up", self._given_up)
            log.warning("file was opened anew", reason=self._given_up)
            self._given_up = ""
            self.opened += 1
        return work()

    def _note_full(self, error: Exception) -> None:
        """Tell once that there is no room, and again only after a minute in which nothing was refused."""
        if opening.FULL not in str(error):
            return
        before, self._full_at = self._full_at, time.monotonic()
        if self._full_at - before > FULL_FOR:
            log.error("disk is full", file=str(self._file.path), error=str(error))
            self._file.note("disk full", str(error))

    def _wrong(self, error: duckdb.Error) -> errors.RevoError:
        """What is told of an error of DuckDB; one that ends the file makes the next work open it anew."""
        told = f"{self._file.path}: {str(error).splitlines()[0]}"
        if opening.broken(error):
            opening.suspect(self._file.path).touch()
        if opening.broken(error) or isinstance(error, duckdb.FatalException):
            if not self._given_up:
                log.error("file was given up", error=str(error))
                self._given_up = told
            return errors.Unavailable(told)
        return errors.RevoError(f"the query failed: {error}")


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any], most: int) -> Table:
    with cursor:
        if "pieces" in parameters:
            # In one transaction, so that what waits to be folded is that of the rows that are read.
            cursor.begin()
            parameters |= pieces.values(cursor, parameters.pop("pieces"))
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
