"""How far analytics is behind the streams, as it says itself."""

from datetime import datetime
from typing import Any

from gateway.prometheus import Labels, Reading
from subjects import codec
from subjects.client import Client

WITHIN = 1.5
"""Seconds to answer in."""


async def progress(client: Client) -> list[Reading]:
    """The rows and seconds that are missing of each stream, and the size of the file."""
    behind: list[tuple[Labels, float]] = []
    late: list[tuple[Labels, float]] = []
    for row in await _rows(client, "positions"):
        behind.append(((row["stream"],), float(row["behind"])))
        late.append(((row["stream"],), _age(row["stored_at"]) if row["behind"] else 0.0))
    [file] = await _rows(client, "file")
    return [
        ("revo_analytics_rows_behind", behind),
        ("revo_analytics_seconds_behind", late),
        ("revo_analytics_file_bytes", [((), float(file["file_bytes"] + file["log_bytes"]))]),
    ]


async def _rows(client: Client, query: str) -> list[dict[str, Any]]:
    answer = await client.query(query, within=WITHIN)
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def _age(stored_at: str | None) -> float:
    """Seconds since a time as analytics writes it: in UTC, without saying so."""
    if stored_at is None:
        return 0.0
    at = datetime.fromisoformat(stored_at)
    return max(0.0, (codec.now() - at.replace(tzinfo=at.tzinfo or codec.now().tzinfo)).total_seconds())
