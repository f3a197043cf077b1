"""Streams to rows, each message exactly once."""

from analytics.ingest.align import align
from analytics.ingest.memories import Memories
from analytics.ingest.positions import POSITIONS, Positions
from analytics.ingest.reader import Reader

__all__ = ["POSITIONS", "Memories", "Positions", "Reader", "align"]
