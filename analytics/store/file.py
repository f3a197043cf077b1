"""The DuckDB file itself: rows and position in one transaction. Blocking; one thread writes."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import structlog
from msgspec import Struct

from analytics.rows import refused
from analytics.settings import AnalyticsSettings
from analytics.store.migrate import migrate
from subjects import errors

log = structlog.get_logger()

REPLACED_BY_ID = frozenset({"tasks"})
"""Tables in which a row takes the place of the one with its id."""

DataErrors = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)

Lines = Mapping[str | int, bytes]


class Position(Struct, frozen=True):
    """How far a stream has been read. `epoch` is its birth: a stream made anew counts from 1 again."""

    stream: str
    epoch: str
    sequence: int = 0
    stored_at: datetime | None = None


class Batch(Struct, frozen=True):
    """Lines of JSON by table and key, and the position that holds once they are written."""

    lines: Mapping[str, Lines]
    position: Position


class Statement(Struct, frozen=True):
    """SQL that changes tables, with a value for each `$name` in it."""

    sql: str
    values: Mapping[str, Any] = {}


class _Sifted(NamedTuple):
    lines: dict[str, Lines]
    aside: int


class File:
    """An open file; Unavailable where it is not ours to open."""

    def __init__(self, settings: AnalyticsSettings) -> None:
        self.path = settings.file.absolute()
        self._incoming = self.path.with_name(self.path.name + ".batch")
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self.connection = _connect(self.path, settings)
        except duckdb.Error as error:
            raise errors.Unavailable(f"{self.path} cannot be opened: {error}") from error
        try:
            self._close_to_the_world()
            migrate(self.connection)
        except BaseException:
            self.connection.close()
            raise
        self._columns: dict[str, dict[str, str]] = {}
        for table, column, kind in self.connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        ).fetchall():
            self._columns.setdefault(table, {})[column] = kind

    def close(self) -> None:
        """Write what the log holds into the file and let go of it."""
        self.connection.close()
        self._incoming.unlink(missing_ok=True)

    def append(self, batch: Batch) -> int:
        """Write rows and position, both or neither; the number of rows that went to `quarantine` instead."""
        try:
            self._write(batch)
        except DataErrors as error:
            log.warning("batch refused", stream=batch.position.stream, error=str(error))
            sifted = self._sift(batch.lines)
            self._write(Batch(sifted.lines, batch.position))
            return sifted.aside
        return 0

    def execute(self, statements: Iterable[Statement]) -> None:
        """Run statements in one transaction, all or none."""
        with self._transaction():
            for statement in statements:
                self.connection.execute(statement.sql, dict(statement.values))

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

    def _close_to_the_world(self) -> None:
        self.connection.execute(f"SET allowed_paths = [{_quoted(str(self._incoming))}]")
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")

    def _write(self, batch: Batch) -> None:
        with self._transaction():
            for table, lines in batch.lines.items():
                self._insert(table, lines)
            self.place(batch.position)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def _insert(self, table: str, lines: Lines) -> None:
        # Names of our own tables and columns are all that is put into these statements.
        self._incoming.write_bytes(b"\n".join(lines.values()))
        columns = ", ".join(f"{name}: {_quoted(kind)}" for name, kind in self._columns[table].items())
        options = f"format = 'newline_delimited', columns = {{{columns}}}"
        incoming = f"read_json({_quoted(str(self._incoming))}, {options})"
        if table in REPLACED_BY_ID:
            self._run(f"CREATE OR REPLACE TEMP TABLE incoming AS FROM {incoming}")
            for first, last in _ranges([str(key) for key in lines]):
                same = f"{table}.id = incoming.id AND {table}.id BETWEEN ? AND ?"
                self._run(f"DELETE FROM {table} USING incoming WHERE {same}", first, last)  # noqa: S608
            incoming = "temp.incoming"
        self._run(f"INSERT INTO {table} BY NAME FROM {incoming}")

    def _run(self, sql: str, *values: str) -> None:
        self.connection.execute(sql, list(values))

    def _sift(self, lines: Mapping[str, Lines]) -> _Sifted:
        """What can be written, found by halving; the rest as rows of `quarantine`."""
        kept: dict[str, dict[str | int, bytes]] = {}
        aside: list[bytes] = []
        parts = [(table, dict(some)) for table, some in lines.items()]
        while parts:
            table, some = parts.pop()
            reason = self._rehearse(table, some)
            if reason is None:
                kept.setdefault(table, {}).update(some)
            elif len(some) == 1:
                aside += [refused(table, line, reason).json for line in some.values()]
            else:
                items, middle = list(some.items()), len(some) // 2
                parts += [(table, dict(items[middle:])), (table, dict(items[:middle]))]
        if aside:
            kept.setdefault("quarantine", {}).update({f"aside-{at}": line for at, line in enumerate(aside)})
        return _Sifted(dict(kept), len(aside))

    def _rehearse(self, table: str, lines: Lines) -> str | None:
        self.connection.begin()
        try:
            self._insert(table, lines)
        except DataErrors as error:
            return str(error)
        finally:
            self.connection.rollback()
        return None


def _connect(path: object, settings: AnalyticsSettings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(path),
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # The file with incoming lines has one name and ever new content.
            "enable_external_file_cache": False,
            # What a start after kill -9 has to replay at most: a tenth of a second.
            "checkpoint_threshold": "32MB",
        },
    )


def _ranges(ids: list[str]) -> list[tuple[str, str]]:
    """First and last id of those made by time, and of the others.

    Ids of one batch that carry the time lie close together, so that DuckDB skips all but the newest rows;
    ids that callers chose lie anywhere, and a delete that looks for them reads the column.
    """
    timed = [id for id in ids if len(id) == 36 and id[14] == "7"]
    others = [id for id in ids if not (len(id) == 36 and id[14] == "7")]
    return [(min(group), max(group)) for group in (timed, others) if group]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
