"""How much waits in the lanes, as their consumers say."""

from subjects.client.statuses import Depth, depths

__all__ = ["Depth", "depths"]
