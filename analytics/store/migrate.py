"""Brings a file to the tables of this version, one numbered SQL file after the other."""

from pathlib import Path

import duckdb

from subjects import codec, errors

FOLDER = Path(__file__).parent.parent / "migrations"


def migrate(connection: duckdb.DuckDBPyConnection) -> int:
    """The version the file has now; Unavailable where a newer version of ours wrote it."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at TIMESTAMP)"
    )
    found = connection.execute("SELECT coalesce(max(version), 0) FROM schema_versions").fetchone()
    current = int(found[0]) if found else 0
    steps = {int(path.name.split("_", 1)[0]): path for path in FOLDER.glob("*.sql")}
    newest = max(steps)
    if current > newest:
        raise errors.Unavailable(f"the file has tables of version {current}; this program knows {newest}")
    for version in sorted(version for version in steps if version > current):
        connection.begin()
        connection.execute(steps[version].read_text())
        connection.execute(
            "INSERT INTO schema_versions VALUES (?, ?)", [version, codec.now().replace(tzinfo=None)]
        )
        connection.commit()
    return newest
