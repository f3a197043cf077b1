"""DuckDB's file made anew from its Parquet files, by hand; the streams bring the rest."""

from msgspec import Struct

from analytics.settings import AnalyticsSettings
from analytics.store import TABLES, Store, set_aside


class Rebuilt(Struct, frozen=True):
    """What came of it."""

    rows: int
    moved_to: str


async def rebuilt(settings: AnalyticsSettings) -> Rebuilt:
    """Export what the file has, move it aside, fill a new one. Unavailable while somebody has it open."""
    async with Store.open(settings) as store:
        await store.export()
    moved = set_aside(settings.file.absolute(), "before")
    async with Store.open(settings) as store:
        counts = " + ".join(f"(SELECT count(*) FROM {table.name})" for table in TABLES)  # noqa: S608 - ours
        [[rows]] = (await store.query(f"SELECT {counts}")).rows
    return Rebuilt(rows, str(moved))
