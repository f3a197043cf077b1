"""Figures by minute, hour and day that always agree with the rows."""

from analytics.rollups.rollups import Rollups

__all__ = ["Rollups"]
