"""How much waits, asked so that a million waiting tasks cost no more than one."""

from typing import Any

from msgspec import Struct

from subjects import names, streams
from subjects.bus import Bus, Records

LOOKS = 3
"""What no lane takes is told once it was seen this often: counts taken one after the other do not agree."""


class Depth(Struct, frozen=True):
    """One queue's lanes, added up."""

    queued: int = 0
    taken: int = 0
    paused: bool = False


class Depths:
    """Looks at the TASKS and DLQ streams again and again."""

    def __init__(self, bus: Bus) -> None:
        self.dead_letters = 0
        self.lanes: dict[str, Depth] = {}
        self._bus = bus
        self._tasks = Records(bus, streams.STREAM_TASKS)
        self._dead = Records(bus, streams.STREAM_DEAD)
        self._unclaimed = [0] * LOOKS
        self._elsewhere = 0
        self._dead_at = -1

    @property
    def unclaimed(self) -> int:
        """Tasks on queues that never had a worker."""
        return min(self._unclaimed)

    async def look(self) -> None:
        """Count again: two requests, or four where something waits that no lane takes."""
        state = (await self._tasks.info())["state"]
        self.lanes = await self._lanes()
        inside = sum(depth.queued + depth.taken for depth in self.lanes.values())
        rest = state["messages"] - inside
        if rest != self._elsewhere:
            self._elsewhere = await self._tasks.count(names.SCHEDULES, names.WORKFLOWS)
        self._unclaimed = [*self._unclaimed[1:], max(0, rest - self._elsewhere)]

    async def look_at_dead_letters(self) -> None:
        """Count what failed for good, where that stream has changed."""
        state = (await self._dead.info())["state"]
        at = state["last_seq"] + state["first_seq"] + state["messages"]
        if at != self._dead_at:
            self.dead_letters = await self._dead.count(names.DEAD)
            self._dead_at = at

    async def _lanes(self) -> dict[str, Depth]:
        found: dict[str, Depth] = {}
        for consumer in await self._consumers():
            queue = _lane_of(consumer["config"])
            if queue is None:
                continue
            known = found.get(queue)
            paused = bool(consumer.get("paused"))
            found[queue] = Depth(
                consumer["num_pending"] + (known.queued if known else 0),
                consumer["num_ack_pending"] + (known.taken if known else 0),
                paused and (known is None or known.paused),
            )
        return found

    async def _consumers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            answer = await self._bus.api(f"CONSUMER.LIST.{streams.STREAM_TASKS}", {"offset": len(found)})
            page = answer.get("consumers") or []
            found += page
            if not page or len(found) >= answer.get("total", 0):
                return found


def _lane_of(config: dict[str, Any]) -> str | None:
    parts = str(config.get("filter_subject", "")).split(".")
    if len(parts) == 4 and parts[0] == "task" and parts[3] == ">":
        return parts[1]
    return None
