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
    # Not only what is above the newest: two branches number their steps, and either may come first.
    done = {version for (version,) in connection.execute("SELECT version FROM schema_versions").fetchall()}
    steps = {int(path.name.split("_", 1)[0]): path for path in FOLDER.glob("*.sql")}
    newest = max(steps)
    if max(done, default=0) > newest:
        raise errors.Unavailable(f"the file has tables of version {max(done)}; this program knows {newest}")
    for version in sorted(steps.keys() - done):
        connection.begin()
        connection.execute(steps[version].read_text())
        connection.execute(
            "INSERT INTO schema_versions VALUES (?, ?)", [version, codec.now().replace(tzinfo=None)]
        )
        connection.commit()
    return newest
