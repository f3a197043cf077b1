"""Engines and agents as they are right now: from what workers announce and what waits in the lanes."""

from gateway.catalog import Catalog, Fresh
from gateway.lanes import Depth
from subjects import codec
from subjects.messages import QueueStatus, WorkerInfo

Status = QueueStatus


async def statuses(catalog: Catalog, depths: Fresh[dict[str, dict[str, Depth]]]) -> list[Status]:
    """One row for each queue that was ever announced. What only history knows (times, rates) is null here."""
    queues = await catalog.queues()
    workers = await catalog.workers.get()
    waiting = await depths.get()
    return [_status(queue, workers, waiting.get(queue, {})) for queue in queues]


def _status(queue: str, workers: dict[str, WorkerInfo], lanes: dict[str, Depth]) -> Status:
    serving = [worker for worker in workers.values() if serves(worker, queue)]
    held = [held.id for worker in serving for held in worker.held if held.function.partition(".")[0] == queue]
    queued = sum(lane.queued for lane in lanes.values())
    running = sum(lane.running for lane in lanes.values())
    return QueueStatus(
        queue=queue,
        status="offline" if not serving else "processing" if running or held else "idle",
        running=max(running, len(held)),
        queued=queued,
        workers=len(serving),
        response_ms=None,
        success_rate=None,
        throughput=0.0,
        current=held[:20],
        updated_at=codec.now(),
    )


def serves(worker: WorkerInfo, queue: str) -> bool:
    """Whether a worker runs functions of this queue."""
    return any(name.partition(".")[0] == queue for name in worker.functions)
