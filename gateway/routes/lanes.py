"""/api/lanes: what waits in each queue, how fast it comes and goes, and who is there for it."""

from datetime import datetime
from typing import Annotated

from litestar import get
from msgspec import Meta, Struct

from gateway import lanes
from gateway.exchange import Answer, Ask, said
from gateway.lanes import QueueLanes
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import codec


class LaneList(Struct, frozen=True):
    """All queues: those where tasks wait and nobody serves them come first, then the fullest."""

    at: datetime
    counted: Annotated[float, Meta(description="Seconds over which the rates were counted, at most 60.")]
    queues: list[QueueLanes]


@get("/api/lanes", operation_id="listLanes", opt=says(LaneList))
async def listed(request: Ask) -> Answer:
    """Backlog, age of the oldest, in flight and rates of each queue by priority, and who serves it.

    Rates are counted from the first question on, while somebody asks.
    """
    parts = parts_of(request)
    rates = parts.meter.look()
    known, unclaimed, members = await parts.lanes.get(), await parts.unclaimed.get(), await parts.fleet.get()
    all_lanes = {**unclaimed, **known}
    since = await lanes.oldest(parts.bus, all_lanes)
    return said(
        LaneList(codec.now(), round(rates.seconds, 1), lanes.listed(all_lanes, since, members, rates))
    )


HANDLERS = [listed]
