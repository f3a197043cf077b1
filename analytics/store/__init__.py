"""The one door to DuckDB.

async with Store.open(AnalyticsSettings(file=Path("analytics.duckdb"))) as store:
    await store.query("SELECT count(*) FROM tasks")
"""

from analytics.store.archive import Exported
from analytics.store.file import Batch, Position, Statement
from analytics.store.kept import TABLES
from analytics.store.opening import set_aside
from analytics.store.snapshot import Snapshot
from analytics.store.store import Store, Table

__all__ = [
    "TABLES",
    "Batch",
    "Exported",
    "Position",
    "Snapshot",
    "Statement",
    "Store",
    "Table",
    "set_aside",
]
