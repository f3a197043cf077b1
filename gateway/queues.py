"""Engines and agents as they are right now."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from gateway.catalog import Catalog
from gateway.fresh import Fresh
from gateway.lanes import Depth
from subjects import codec, streams
from subjects.bus import Bus, Records
from subjects.channels import ENGINES
from subjects.messages import Overview, QueueStatus, WorkerInfo

STALE = timedelta(seconds=30)
"""A status that is older was left by something that no longer runs."""

_statuses = msgspec.json.Decoder(QueueStatus)
_overviews = msgspec.json.Decoder(Overview)

Lanes = dict[tuple[str, str], Depth]


class Queues:
    """Reads statuses: those that are announced where they are fresh, else from workers and lanes."""

    def __init__(self, bus: Bus, catalog: Catalog, lanes: Fresh[Lanes]) -> None:
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
        told = {
            row.queue: row for kind in ("engine_status", "agent_status") for row in await self._told(kind)
        }
        workers, lanes = await self._catalog.workers.get(), await self._lanes.get()
        return [
            _newest(told.get(queue), status(queue, workers.values(), lanes))
            for queue in await self._catalog.queues()
        ]

    async def overview(self) -> Overview | None:
        """The whole in one row, as announced; None where nobody announces it."""
        record = await self._metrics.last("metric.*.overview")
        if record is None or codec.now() - record.stored_at > STALE:
            return None
        return codec.decode(record.data, _overviews)

    async def _told(self, kind: str) -> list[QueueStatus]:
        oldest = codec.now() - STALE
        return [
            codec.decode(record.data, _statuses)
            for record in await self._metrics.last_of(f"metric.*.{kind}")
            if record.stored_at > oldest
        ]


def _newest(told: QueueStatus | None, seen: QueueStatus) -> QueueStatus:
    """What was told, unless the queue has been stopped or left, or started or served again, since."""
    if told is None:
        return seen
    if told.status == seen.status or not {told.status, seen.status} & {"stopped", "offline"}:
        return told
    return msgspec.structs.replace(
        seen, response_ms=told.response_ms, success_rate=told.success_rate, throughput=told.throughput
    )


def status(queue: str, workers: Iterable[WorkerInfo], lanes: Lanes) -> QueueStatus:
    """A queue as its workers and lanes show it.

    >>> status("text", [], {("text", "high"): Depth(3, 0)}).status
    'offline'
    """
    serving = [worker for worker in workers if serves(worker, queue)]
    held = [one.id for worker in serving for one in worker.held if one.function.startswith(f"{queue}.")]
    own = [lane for (name, _), lane in lanes.items() if name == queue]
    running = max(len(held), sum(lane.running for lane in own))
    paused = bool(own) and all(lane.paused for lane in own)
    return QueueStatus(
        queue=queue,
        status="stopped" if paused else "offline" if not serving else "processing" if running else "idle",
        running=running,
        queued=sum(lane.queued for lane in own),
        workers=len(serving),
        response_ms=None,
        success_rate=None,
        throughput=0.0,
        current=held[:20],
        updated_at=codec.now(),
    )


def serves(worker: WorkerInfo, queue: str) -> bool:
    """Whether a worker runs functions of this queue."""
    return any(name.startswith(f"{queue}.") for name in worker.functions)
