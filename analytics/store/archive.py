"""Rows as Parquet beside the file: one file for each table, day and generation, written whole or not at all.

    analytics/parquet/tasks/day=2030-01-31/0.parquet

A day's file is written anew for as long as its rows change, so a repeat doubles nothing. Once the day has
been taken out of DuckDB its file is never touched again; rows that come even later begin the next generation.
All files of one export come into force together, by the journal, which also says how far the streams had been
read and up to where rows are gone: from journal and files DuckDB's file can be made anew, with the rollups
of days whose rows are in it no more.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from msgspec import Struct, structs
from msgspec.json import Decoder

from analytics.store.kept import BY_NAME, TABLES, Kept
from subjects import codec

JOURNAL = "journal.json"
NEW = ".new"
MARKS = "source, minutes_since, hours_since, rows_since"


class Exported(Struct, frozen=True):
    """The rows of one table and day as they stand in their file."""

    name: str
    day: date
    generation: int
    rows: int
    fingerprint: int
    bytes: int

    @property
    def file(self) -> str:
        """Where that is, below the folder."""
        return f"{self.name}/day={self.day}/{self.generation}.parquet"


class Journal(Struct, frozen=True):
    """What an export came to: its `number`, the files that it put in their place and those it took away."""

    number: int
    positions: list[tuple[str, str, int, datetime | None]]
    open: list[Exported]
    moves: list[str] = []
    gone: list[str] = []
    marks: list[tuple[str, datetime, datetime, datetime]] = []


class Archive:
    """The folder with the Parquet files. Blocking; one thread at a time."""

    def __init__(self, folder: Path, outgoing: Path) -> None:
        self.folder = folder
        self._outgoing = outgoing
        self._journal = folder / JOURNAL

    def journal(self) -> Journal | None:
        """The last export, with all its files in place; None where there never was one."""
        try:
            text = self._journal.read_bytes()
        except FileNotFoundError:
            return None
        journal = codec.decode(text, _journals)
        self._finish(journal)
        return journal

    def export(self, cursor: duckdb.DuckDBPyConnection) -> list[Exported]:
        """Write every day whose rows have changed; what was written, without rows where a day is empty."""
        last = self.journal()
        number = 1 if last is None else last.number + 1
        for left in self.folder.glob(f"*/*/*{NEW}"):
            left.unlink()
        cursor.begin()
        try:
            known = {(own.name, own.day): own for own in _known(cursor)}
            found = {(own.name, own.day): own for own in _found(cursor, known)}
            changed = [
                self._write(cursor, own, number)
                for key, own in found.items()
                if not _same(own, known.get(key))
            ]
            told = cursor.execute("SELECT stream, epoch, sequence, stored_at FROM positions").fetchall()
            marks = cursor.execute(f"SELECT {MARKS} FROM rollup_marks").fetchall()  # noqa: S608 - ours
        finally:
            cursor.rollback()
        emptied = [_empty(own) for key, own in known.items() if own.rows and key not in found]
        now = {(own.name, own.day): own for own in (*known.values(), *changed, *emptied)}
        positions = [(stream, epoch, sequence, _utc(at)) for stream, epoch, sequence, at in told]
        still = [own for own in now.values() if own.rows]
        moves, gone = [own.file for own in changed], [own.file for own in emptied]
        self.commit(Journal(number, positions, still, moves, gone, marks))
        return [*changed, *emptied]

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Of each table, the number of its files and their bytes."""
        found: dict[str, tuple[int, int]] = {}
        for path in self.folder.glob("*/day=*/*.parquet"):
            files, size = found.get(path.parent.parent.name, (0, 0))
            found[path.parent.parent.name] = (files + 1, size + path.stat().st_size)
        return found

    def commit(self, journal: Journal) -> None:
        """Bring what was written into force."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged = self._journal.with_name(JOURNAL + NEW)
        staged.write_bytes(codec.encode(journal))
        _to_disk(staged)
        staged.replace(self._journal)
        _to_disk(self.folder)
        self._finish(journal)

    def restore(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Fill empty tables with what the last export held, and its positions; the number of rows."""
        journal = self.journal()
        if journal is None:
            return 0
        open_days = {(own.name, own.day): own for own in journal.open if own.name in BY_NAME}
        for table in TABLES:
            files = [str(self.folder / own.file) for own in open_days.values() if own.name == table.name]
            if files:
                connection.execute(
                    f"INSERT INTO {table.name} BY NAME "  # noqa: S608 - a table of ours
                    "SELECT * FROM read_parquet($files, union_by_name = true, hive_partitioning = false)",
                    {"files": files},
                )
        for own in (*open_days.values(), *self._closed(open_days.keys())):
            record(connection, own)
        for stream, epoch, sequence, at in journal.positions:
            moment = None if at is None else at.astimezone(UTC).replace(tzinfo=None)
            connection.execute("INSERT INTO positions VALUES (?, ?, ?, ?)", [stream, epoch, sequence, moment])
        for mark in journal.marks:
            connection.execute(
                f"INSERT OR REPLACE INTO rollup_marks ({MARKS}) VALUES (?, ?, ?, ?)",  # noqa: S608
                list(mark),
            )
        return sum(own.rows for own in open_days.values())

    def _closed(self, open_days: Collection[tuple[str, date]]) -> Iterator[Exported]:
        """Days that were taken out of DuckDB: what comes late for one of them begins a new generation."""
        newest: dict[tuple[str, date], int] = {}
        for path in self.folder.glob("*/day=*/*.parquet"):
            key = (path.parent.parent.name, date.fromisoformat(path.parent.name.removeprefix("day=")))
            newest[key] = max(newest.get(key, 0), int(path.stem))
        for (name, day), generation in newest.items():
            if (name, day) not in open_days:
                yield Exported(name, day, generation + 1, 0, 0, 0)

    def _write(self, cursor: duckdb.DuckDBPyConnection, own: Exported, number: int) -> Exported:
        """Write a day beside its file, under a name that no reader looks for."""
        table = BY_NAME[own.name]
        rows = f"FROM {table.name} WHERE {table.on(own.day)} AND {table.lasting} ORDER BY {table.time}"
        outgoing = str(self._outgoing).replace("'", "''")
        try:
            cursor.execute(
                f"COPY ({rows}) TO '{outgoing}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
            )
            _to_disk(self._outgoing)
            target = self._staged(own.file, number)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = self._outgoing.stat().st_size
            self._outgoing.replace(target)
        finally:
            self._outgoing.unlink(missing_ok=True)
        return structs.replace(own, bytes=size)

    def _staged(self, file: str, number: int) -> Path:
        """Where an export writes a file at first; its number keeps it from what another left behind."""
        return self.folder / f"{file}.{number}{NEW}"

    def _finish(self, journal: Journal) -> None:
        """Put files in their place that an export had written; those that are there already stay."""
        for name in journal.moves:
            target = self.folder / name
            with contextlib.suppress(FileNotFoundError):
                self._staged(name, journal.number).replace(target)
                _to_disk(target.parent)
        for name in journal.gone:
            (self.folder / name).unlink(missing_ok=True)


def record(connection: duckdb.DuckDBPyConnection, own: Exported) -> None:
    """Write down in DuckDB what stands in a file."""
    connection.execute(
        "INSERT OR REPLACE INTO exports VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            own.name,
            own.day,
            own.generation,
            own.rows,
            own.fingerprint,
            own.bytes,
            codec.now().replace(tzinfo=None),
        ],
    )


def fingerprint(connection: duckdb.DuckDBPyConnection, table: Kept, where: str = "true") -> list[Any]:
    """Day, number of rows and fingerprint of each day that a table has rows of."""
    return connection.execute(
        f"SELECT {table.time}::DATE AS day, count(*), bit_xor(hash({table.time}, {table.row})) "  # noqa: S608
        f"FROM {table.name} WHERE {where} GROUP BY day ORDER BY day"
    ).fetchall()


def _known(cursor: duckdb.DuckDBPyConnection) -> list[Exported]:
    found = cursor.execute("SELECT name, day, generation, rows, fingerprint, bytes FROM exports").fetchall()
    return [Exported(*row) for row in found]


def _found(
    cursor: duckdb.DuckDBPyConnection, known: Mapping[tuple[str, date], Exported]
) -> Iterator[Exported]:
    for table in TABLES:
        for day, rows, mark in fingerprint(cursor, table, table.lasting):
            before = known.get((table.name, day))
            yield Exported(table.name, day, 0 if before is None else before.generation, rows, mark, 0)


def _same(own: Exported, before: Exported | None) -> bool:
    return before is not None and (own.rows, own.fingerprint) == (before.rows, before.fingerprint)


def _empty(own: Exported) -> Exported:
    return structs.replace(own, rows=0, fingerprint=0, bytes=0)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_journals = Decoder(Journal)
