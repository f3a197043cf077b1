"""Opens DuckDB's file, and tells one that is broken from one that is only not ours to open."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics.settings import AnalyticsSettings
from subjects import codec

BROKEN = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "Could not read enough bytes",
    "Failure while replaying WAL",
)
"""What DuckDB says of bytes that it did not write so; never of a lock, a right or a disk without room."""


FULL = "No space left on device"


def connect(path: Path, settings: AnalyticsSettings) -> duckdb.DuckDBPyConnection:
    """An open file."""
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


def broken(error: Exception) -> bool:
    """Whether an error says that the bytes of the file are not what they were.

    >>> broken(duckdb.IOException('IO Error: Could not set lock on file "a.duckdb"'))
    False
    """
    return any(words in str(error) for words in BROKEN)


def suspect(path: Path) -> Path:
    """The mark beside a file that gave such an error while it was open: the next start reads all of it."""
    return path.with_name(path.name + ".suspect")


def verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every row of every table; the error of the first that cannot be read."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"SELECT bit_xor(hash(own)) FROM {table} AS own").fetchall()  # noqa: S608


def set_aside(path: Path, why: str) -> Path:
    """Move a file and its log out of the way, under a name with the time; where it is now."""
    moment: datetime = codec.now().astimezone(UTC)
    target = path.with_name(f"{path.name}.{why}-{moment:%Y%m%dT%H%M%S%f}")
    path.replace(target)
    log = path.with_name(path.name + ".wal")
    if log.exists():
        log.replace(target.with_name(target.name + ".wal"))
    return target
