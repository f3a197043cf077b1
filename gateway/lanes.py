"""How much waits in the lanes, as their consumers say."""

from msgspec import Struct

from subjects import names, streams
from subjects.bus import Bus


class Depth(Struct, frozen=True):
    """One lane: `queued` waits, `running` is with workers."""

    queued: int
    running: int
    paused: bool = False


async def depths(bus: Bus) -> dict[tuple[str, str], Depth]:
    """Queue and priority to depth, for every lane that a worker ever made."""
    found: dict[tuple[str, str], Depth] = {}
    offset = 0
    while True:
        answer = await bus.api(f"CONSUMER.LIST.{streams.STREAM_TASKS}", {"offset": offset})
        page = answer.get("consumers") or []
        for consumer in page:
            parts = str(consumer["config"].get("filter_subject", "")).split(".")
            if len(parts) == 4 and parts[0] == "task" and parts[2] in names.PRIORITIES:
                found[parts[1], parts[2]] = Depth(
                    consumer["num_pending"], consumer["num_ack_pending"], bool(consumer.get("paused"))
                )
        offset += len(page)
        if not page or offset >= answer.get("total", 0):
            return found
