"""The one door to DuckDB.

async with Store.open(AnalyticsSettings(file=Path("analytics.duckdb"))) as store:
    await store.query("SELECT count(*) FROM tasks")
"""

from analytics.store.file import Batch, Position, Statement
from analytics.store.store import Store, Table

__all__ = ["Batch", "Position", "Statement", "Store", "Table"]
