"""The DuckDB file itself: rows and position in one transaction. Blocking; one thread writes."""

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import structlog
from msgspec import Struct, structs

from analytics.settings import AnalyticsSettings
from analytics.store import opening, snapshot
from analytics.store.archive import Archive, Exported, fingerprint, record
from analytics.store.kept import BY_NAME
from analytics.store.lines import DataErrors, Inserter, Lines, quoted
from analytics.store.live import MEMORIES
from analytics.store.migrate import migrate
from analytics.store.snapshot import Copied
from analytics.store.touched import all_touched, sealed
from subjects import codec, errors

log = structlog.get_logger()


class Position(Struct, frozen=True):
    """How far a stream has been read. `epoch` is its birth: a stream made anew counts from 1 again."""

    stream: str
    epoch: str
    sequence: int = 0
    stored_at: datetime | None = None


class Batch(Struct, frozen=True):
    """Lines of JSON by table and key, and the position that holds once they are written.

    `opened`: which opening of the file they were read for, as `Store.opened` counts; None for any.
    """

    lines: Mapping[str, Lines]
    position: Position
    opened: int | None = None


class Statement(Struct, frozen=True):
    """SQL that changes tables, with a value for each `$name` in it."""

    sql: str
    values: Mapping[str, Any] = {}


class File:
    """An open file; Unavailable where it is not ours to open.

    One that is broken is moved aside. A new one is filled from the Parquet files, where there are any; the
    streams bring the rest.
    """

    def __init__(self, settings: AnalyticsSettings) -> None:
        self.path = settings.file.absolute()
        self._settings = settings
        self._incoming = self.path.with_name(self.path.name + ".batch")
        self._outgoing = self.path.with_name(self.path.name + ".export")
        self.archive = Archive(self.path.with_suffix("") / "parquet", self._outgoing)
        self._untold: list[tuple[datetime, str, str]] = []
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection = self._opened()
        self._inserter = Inserter(self.connection, self._incoming)
        for left in snapshot.left_over(self.path):
            shutil.rmtree(left, ignore_errors=True)
        # Open for as long as the connection: to close a second descriptor drops the lock of the first.
        self._bytes = self.path.open("rb")

    def close(self) -> None:
        """Write what the log holds into the file and let go of it."""
        self.connection.close()
        self._bytes.close()
        self._incoming.unlink(missing_ok=True)

    def reopen(self) -> None:
        """Open the file anew after DuckDB gave it up; Unavailable where that does not go yet."""
        with contextlib.suppress(duckdb.Error):
            self.connection.close()
        self._bytes.close()
        self.connection = self._opened()
        self._bytes = self.path.open("rb")
        self._inserter = Inserter(self.connection, self._incoming)

    def note(self, what: str, detail: str) -> None:
        """Write down with the next rows what went wrong with the file."""
        self._untold.append((codec.now().replace(tzinfo=None), what, detail))

    def append(self, batch: Batch) -> int:
        """Write rows and position, both or neither; the number of rows that went to `quarantine` instead."""
        try:
            self._write(batch)
        except DataErrors as error:
            log.warning("batch refused", stream=batch.position.stream, error=str(error))
            sifted = self._inserter.sift(batch.lines)
            self._write(Batch(sifted.lines, batch.position))
            return sifted.aside
        return 0

    def execute(self, statements: Iterable[Statement]) -> None:
        """Run statements in one transaction, all or none."""
        with self._transaction():
            for statement in statements:
                self.connection.execute(statement.sql, dict(statement.values))

    def copy(self) -> Copied:
        """The file as it is now, byte by byte, under another name."""
        return snapshot.copied(self._bytes.fileno(), self.path)

    def place(self, position: Position) -> None:
        """Write a position."""
        moment = position.stored_at
        self.connection.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)",
            [
                position.stream,
                position.epoch,
                position.sequence,
                None if moment is None else moment.astimezone(UTC).replace(tzinfo=None),
            ],
        )

    def record(self, exported: Iterable[Exported]) -> None:
        """Write down what an export came to."""
        with self._transaction():
            for own in exported:
                record(self.connection, own)

    def drop(self, name: str, day: date) -> int:
        """Take a day out of a table; the rows that went: none unless their file holds every one of them."""
        table = BY_NAME[name]
        with self._transaction():
            found = fingerprint(self.connection, table, table.on(day))
            known = self.connection.execute(
                "SELECT name, day, generation, rows, fingerprint, bytes FROM exports "
                "WHERE name = ? AND day = ?",
                [name, day],
            ).fetchone()
            if not found or known is None or tuple(found[0][1:]) != known[3:5]:
                return 0
            if not sealed(self.connection, name, day):
                return 0
            self.connection.execute(f"DELETE FROM {name} WHERE {table.on(day)}")  # noqa: S608
            own = Exported(*known)
            late = structs.replace(own, generation=own.generation + 1, rows=0, fingerprint=0, bytes=0)
            record(self.connection, late)
        return own.rows

    def _opened(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._ready(new=not self.path.exists())
        except duckdb.Error as error:
            if not opening.broken(error):
                raise errors.Unavailable(f"{self.path} cannot be opened: {error}") from error
            moved = opening.set_aside(self.path, "broken")
            log.error("file was broken", moved_to=str(moved), error=str(error))  # noqa: TRY400 - told, and mended
            self.note("broken", f"moved to {moved.name}, made anew: {error}")
        try:
            return self._ready(new=True)
        except duckdb.Error as error:
            raise errors.Unavailable(f"{self.path} cannot be opened: {error}") from error

    def _ready(self, *, new: bool) -> duckdb.DuckDBPyConnection:
        """The file with all tables of this version, filled from Parquet where it is new; DuckDB's error."""
        connection = self._sound()
        try:
            migrate(connection)
            if new:
                self._restore(connection)
            connection.execute(MEMORIES)
            self._close_to_the_world(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _sound(self) -> duckdb.DuckDBPyConnection:
        """The file, read to its last row where it gave an error before."""
        connection = opening.connect(self.path, self._settings)
        mark = opening.suspect(self.path)
        if mark.exists():
            try:
                opening.verify(connection)
            except duckdb.Error:
                connection.close()
                mark.unlink()
                raise
            mark.unlink()
        return connection

    def _restore(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.begin()
        try:
            rows = self.archive.restore(connection)
            all_touched(connection)
            connection.commit()
        except duckdb.Error as error:
            # What the streams still hold is better than no analytics at all.
            connection.rollback()
            log.exception("parquet could not be read")
            self.note("not restored", f"Parquet could not be read: {error}")
            return
        if rows:
            log.info("file was filled from parquet", rows=rows)
            self.note("restored", f"{rows} rows from Parquet; the streams bring what came after")

    def _close_to_the_world(self, connection: duckdb.DuckDBPyConnection) -> None:
        allowed = ", ".join(quoted(str(path)) for path in (self._incoming, self._outgoing))
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")

    def _write(self, batch: Batch) -> None:
        told = len(self._untold)
        with self._transaction():
            for table, lines in batch.lines.items():
                self._inserter.insert(table, lines)
            self.place(batch.position)
            for row in self._untold[:told]:
                self.connection.execute("INSERT INTO incidents VALUES (?, ?, ?)", list(row))
        del self._untold[:told]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.FatalException):
                self.connection.rollback()
            raise
        self.connection.commit()
