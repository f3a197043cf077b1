"""Tells once a second how each queue and the whole are doing, for as long as somebody could want to know."""

from analytics.status.alarm import Alarm
from analytics.status.announcer import Announcer

__all__ = ["Alarm", "Announcer"]
