"""Lines of JSON into tables, by one file that DuckDB may read and nothing else.

Measured on batches of 5,000 results: 124,000 rows/s from JSON lines, 103,000 from rows by way of Arrow, which
would also be 120 MB more to install. See docs/decisions/0027.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from analytics.rows import refused
from analytics.store.touched import SOURCES, touched

REPLACED_BY_ID = frozenset({"tasks"})
"""Tables in which a row takes the place of the one with its id."""

DataErrors = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)

Lines = Mapping[str | int, bytes]


class Sifted(NamedTuple):
    """Lines that can be written, those for `quarantine` among them, and how many these are."""

    lines: dict[str, Lines]
    aside: int


class Inserter:
    """Writes lines by way of the file `incoming`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, incoming: Path) -> None:
        self._connection = connection
        self._incoming = incoming
        self._columns: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal AND database_name = current_database()"
        ).fetchall():
            self._columns.setdefault(table, {})[column] = kind

    def insert(self, table: str, lines: Lines) -> None:
        """Write lines into a table, within the transaction that is open."""
        # Names of our own tables and columns are all that is put into these statements.
        self._incoming.write_bytes(b"\n".join(lines.values()))
        columns = ", ".join(f"{name}: {quoted(kind)}" for name, kind in self._columns[table].items())
        options = f"format = 'newline_delimited', columns = {{{columns}}}"
        incoming = f"read_json({quoted(str(self._incoming))}, {options})"
        if table in SOURCES:
            self._run(f"CREATE OR REPLACE TEMP TABLE incoming AS FROM {incoming}")
            replaced: list[tuple[datetime]] = []
            for first, last in _ranges([str(key) for key in lines if table in REPLACED_BY_ID]):
                same = f"{table}.id = incoming.id AND {table}.id BETWEEN ? AND ?"
                gone = f"DELETE FROM {table} USING incoming WHERE {same} RETURNING {table}.finished_at"  # noqa: S608
                replaced += self._connection.execute(gone, [first, last]).fetchall()
            touched(self._connection, table, [moment for (moment,) in replaced])
            incoming = "temp.incoming"
        self._run(f"INSERT INTO {table} BY NAME FROM {incoming}")

    def sift(self, lines: Mapping[str, Lines]) -> Sifted:
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
        return Sifted(dict(kept), len(aside))

    def _run(self, sql: str, *values: str) -> None:
        self._connection.execute(sql, list(values))

    def _rehearse(self, table: str, lines: Lines) -> str | None:
        self._connection.begin()
        try:
            self.insert(table, lines)
        except DataErrors as error:
            return str(error)
        finally:
            self._connection.rollback()
        return None


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _ranges(ids: list[str]) -> list[tuple[str, str]]:
    """First and last id of those made by time, and of the others.

    Ids of one batch that carry the time lie close together, so that DuckDB skips all but the newest rows;
    ids that callers chose lie anywhere, and a delete that looks for them reads the column.
    """
    timed = [id for id in ids if len(id) == 36 and id[14] == "7"]
    others = [id for id in ids if not (len(id) == 36 and id[14] == "7")]
    return [(min(group), max(group)) for group in (timed, others) if group]
