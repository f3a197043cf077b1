"""What is kept in memory alone, as long as the process lives, and asked for as `live.memories`.

A forgotten memory must be gone from the disk. DuckDB leaves the bytes of deleted rows in its file, so nothing
of a memory ever stands there, nor in Parquet: docs/decisions/0026.
"""

MEMORIES = """
ATTACH ':memory:' AS live;
CREATE TABLE live.memories (
    id VARCHAR NOT NULL,
    namespace VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    importance DOUBLE NOT NULL,
    text_bytes BIGINT NOT NULL,
    vector_bytes BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    stream_seq UBIGINT NOT NULL
);
"""
