"""What each message becomes: a line of JSON that DuckDB reads as a row."""

from analytics.rows.reading import (
    SOURCES,
    Line,
    Origin,
    Read,
    Source,
    event,
    metric,
    read,
    refused,
    result,
    unreadable,
)

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
