"""How queues do, for whoever asks over a bus: as analytics told it, else as workers and lanes show it."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from subjects import codec, names, streams
from subjects.bus import Bus, Records
from subjects.client.lanes import serves
from subjects.kv import Bucket
from subjects.messages import QueueStatus, WorkerInfo
from subjects.routing import FULL

STALE = timedelta(seconds=30)
"""A status that is older was left by something that no longer runs."""
SHOWN = 20
"""Ids of running tasks that a status names."""

_statuses = msgspec.json.Decoder(QueueStatus)


class Depth(Struct, frozen=True):
    """One lane: `queued` waits, `running` is with workers."""

    queued: int
    running: int
    paused: bool = False
    delivered: int = 0
    """Stream sequence of the last task that was ever given to a worker; what waits comes after it."""


Lanes = Mapping[tuple[str, str], Depth]
"""By queue and priority."""


async def depths(bus: Bus) -> dict[tuple[str, str], Depth]:
    """Queue and priority to depth, for every lane that was ever made."""
    found: dict[tuple[str, str], Depth] = {}
    offset = 0
    while True:
        answer = await bus.api(f"CONSUMER.LIST.{streams.STREAM_TASKS}", {"offset": offset})
        page = answer.get("consumers") or []
        for consumer in page:
            parts = str(consumer["config"].get("filter_subject", "")).split(".")
            if len(parts) == 4 and parts[0] == "task" and parts[2] in names.PRIORITIES:
                found[parts[1], parts[2]] = Depth(
                    consumer["num_pending"],
                    consumer["num_ack_pending"],
                    bool(consumer.get("paused")),
                    consumer.get("delivered", {}).get("stream_seq", 0),
                )
        offset += len(page)
        if not page or offset >= answer.get("total", 0):
            return found


async def told(bus: Bus) -> dict[str, QueueStatus]:
    """The statuses that analytics has published within the last half minute, by queue."""
    metrics = Records(bus, streams.STREAM_METRICS)
    oldest = codec.now() - STALE
    found = {}
    for kind in ("engine_status", "agent_status"):
        for record in await metrics.last_of(f"metric.*.{kind}"):
            if record.stored_at > oldest:
                row = codec.decode(record.data, _statuses)
                found[row.queue] = row
    return found


async def of(bus: Bus, queues: Iterable[str]) -> list[QueueStatus]:
    """One row for each queue, looked at now; times and rates are those that analytics told last."""
    measured, workers, lanes = await asyncio.gather(
        told(bus), Bucket(bus, "workers", WorkerInfo).all(), depths(bus)
    )
    return [merged(status(queue, workers.values(), lanes), measured.get(queue)) for queue in queues]


def status(queue: str, workers: Iterable[WorkerInfo], lanes: Lanes) -> QueueStatus:
    """A queue as its workers and lanes show it.

    >>> status("text", [], {("text", "high"): Depth(3, 0)}).status
    'offline'
    """
    serving = [worker for worker in workers if serves(worker, queue)]
    held = [one.id for worker in serving for one in worker.held if one.function.startswith(f"{queue}.")]
    own = [lane for (name, _), lane in lanes.items() if name == queue]
    running = max(len(held), sum(lane.running for lane in own))
    queued = sum(lane.queued for lane in own)
    state: Literal["idle", "processing", "overloaded", "stopped", "offline"]
    if own and all(lane.paused for lane in own):
        state = "stopped"
    elif not serving:
        state = "offline"
    elif queued >= FULL:
        state = "overloaded"
    else:
        state = "processing" if running or queued else "idle"
    return QueueStatus(
        queue=queue,
        status=state,
        running=running,
        queued=queued,
        workers=len(serving),
        response_ms=None,
        success_rate=None,
        throughput=0.0,
        current=held[:SHOWN],
        updated_at=codec.now(),
    )


def merged(now: QueueStatus, measured: QueueStatus | None) -> QueueStatus:
    """What is seen now, with what was measured: only analytics knows of times, rates and errors."""
    if measured is None:
        return now
    failing = measured.status == "error" and now.status not in ("stopped", "offline")
    return msgspec.structs.replace(
        now,
        status="error" if failing else now.status,
        response_ms=measured.response_ms,
        response_p95_ms=measured.response_p95_ms,
        success_rate=measured.success_rate,
        throughput=measured.throughput,
    )
