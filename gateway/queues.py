"""Engines and agents as they are right now."""

import msgspec

from gateway.catalog import Catalog
from gateway.fresh import Fresh
from subjects import codec, streams
from subjects.bus import Bus, Records
from subjects.channels import ENGINES
from subjects.client import statuses
from subjects.messages import Overview, QueueStatus

_overviews = msgspec.json.Decoder(Overview)

Lanes = dict[tuple[str, str], statuses.Depth]


class Queues:
    """Reads statuses: workers and lanes as they are now, with the times and rates that were told last."""

    def __init__(self, bus: Bus, catalog: Catalog, lanes: Fresh[Lanes]) -> None:
        self._bus = bus
        self._metrics = Records(bus, streams.STREAM_METRICS)
        self._catalog = catalog
        self._lanes = lanes

    async def engines(self) -> list[QueueStatus]:
        """One row for each engine that was ever announced."""
        return [row for row in await self.statuses() if row.queue in ENGINES]

    async def agents(self) -> list[QueueStatus]:
        """One row for each agent that was ever announced."""
        return [row for row in await self.statuses() if row.queue not in ENGINES]

    async def statuses(self) -> list[QueueStatus]:
        """One row for each queue. Times and rates are null where nobody measures them."""
        told = await statuses.told(self._bus)
        workers, lanes = await self._catalog.workers.get(), await self._lanes.get()
        return [
            statuses.merged(statuses.status(queue, workers.values(), lanes), told.get(queue))
            for queue in await self._catalog.queues()
        ]

    async def overview(self) -> Overview | None:
        """The whole in one row, as announced; None where nobody announces it."""
        record = await self._metrics.last("metric.*.overview")
        if record is None or codec.now() - record.stored_at > statuses.STALE:
            return None
        return codec.decode(record.data, _overviews)
