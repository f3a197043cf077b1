"""How long rows stay, and where they go: Parquet first, then out of the file."""

from analytics.retention.rebuild import Rebuilt, rebuilt
from analytics.retention.retention import Retention, due
from analytics.retention.storage import QUESTIONS, Storage

__all__ = ["QUESTIONS", "Rebuilt", "Retention", "Storage", "due", "rebuilt"]
