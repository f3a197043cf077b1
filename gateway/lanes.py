"""How much waits in the lanes, as their consumers say."""

import asyncio

from msgspec import Struct

from subjects import names, streams
from subjects.bus import Bus


class Depth(Struct, frozen=True):
    """One lane: `queued` waits, `running` is with workers. `served` is false where no worker ever made the lane."""

    queued: int
    running: int
    served: bool = True


async def depths(bus: Bus, queues: list[str]) -> dict[str, dict[str, Depth]]:
    """Queue to priority to depth."""
    lanes = [(queue, urgency) for queue in queues for urgency in names.PRIORITIES]
    found = await asyncio.gather(*(_depth(bus, queue, urgency) for queue, urgency in lanes))
    by_queue: dict[str, dict[str, Depth]] = {queue: {} for queue in queues}
    for (queue, urgency), depth in zip(lanes, found, strict=True):
        by_queue[queue][urgency] = depth
    return by_queue


async def _depth(bus: Bus, queue: str, urgency: str) -> Depth:
    consumer = names.lane_consumer(queue, urgency)
    answer = await bus.api(f"CONSUMER.INFO.{streams.STREAM_TASKS}.{consumer}")
    if "error" in answer:
        return Depth(0, 0, served=False)
    return Depth(int(answer.get("num_pending", 0)), int(answer.get("num_ack_pending", 0)))
