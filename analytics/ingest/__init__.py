"""Streams to rows, each message exactly once."""

from analytics.ingest.align import align
from analytics.ingest.reader import Reader

__all__ = ["Reader", "align"]
