"""How much waits in the lanes, as the leaders of their consumers say, and for how long."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from subjects import names, streams
from subjects.bus import Bus, Records
from subjects.client.statuses import Depth, depths

__all__ = ["Depth", "depths", "oldest"]

MOST = 200
"""Lanes that are looked into, the fullest first."""


async def oldest(bus: Bus, lanes: Mapping[tuple[str, str], Depth]) -> dict[tuple[str, str], datetime]:
    """When the task that waits longest was stored, for each lane where one waits."""
    records = Records(bus, streams.STREAM_TASKS)
    waiting = sorted((key for key, lane in lanes.items() if lane.queued), key=lambda key: -lanes[key].queued)

    async def first(key: tuple[str, str]) -> datetime | None:
        found = await records.next(names.lane(*key), lanes[key].delivered + 1)
        return None if found is None else found.stored_at

    chosen = waiting[:MOST]
    stored = await asyncio.gather(*(first(key) for key in chosen))
    return {key: at for key, at in zip(chosen, stored, strict=True) if at is not None}
