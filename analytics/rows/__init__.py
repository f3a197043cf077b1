"""What each message becomes: a line of JSON that DuckDB reads as a row."""

from analytics.rows.aside import refused, unreadable
from analytics.rows.events import event
from analytics.rows.line import Line, Origin, Read, Source
from analytics.rows.metrics import metric
from analytics.rows.reading import SOURCES, read
from analytics.rows.results import result

__all__ = [
    "SOURCES",
    "Line",
    "Origin",
    "Read",
    "Source",
    "event",
    "metric",
    "read",
    "refused",
    "result",
    "unreadable",
]
