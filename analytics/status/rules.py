"""What a queue and the whole are called, given what is known of them.

>>> busy = Seen("security", workers=2, queued=60, running=4)
>>> queue_state(busy), queue_state(Seen("security", workers=0, queued=60, running=0))
('overloaded', 'offline')
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from subjects.messages import Overview, QueueStatus
from subjects.routing import FULL

ENOUGH = 10
"""Outcomes below which nothing is said of a success rate."""
BAD = 50.0
"""Success rate, in percent, below which a queue is in error."""
STALLED = 10.0
"""Seconds that work may wait before idle workers without a queue being in error."""
DEGRADED = 5.0
"""Error rate, in percent of the last hour, from which the whole is degraded."""
SHOWN = 20
"""Ids of running tasks that a status names."""

Health = Literal["healthy", "stressed", "degraded", "unknown"]
State = Literal["idle", "processing", "overloaded", "error", "stopped", "offline"]


class Recent(Struct, frozen=True):
    """How a queue did over the last five minutes."""

    judged: int = 0
    success_rate: float | None = None
    response_ms: float | None = None
    response_p95_ms: float | None = None
    throughput: float = 0.0


class Seen(Struct, frozen=True):
    """One queue at one moment. `stalled` is how long work has waited while workers did nothing."""

    queue: str
    workers: int = 0
    queued: int = 0
    running: int = 0
    current: tuple[str, ...] = ()
    paused: bool = False
    stalled: float = 0.0
    recent: Recent = Recent()


class Whole(Struct, frozen=True):
    """All at one moment. `unclaimed` waits for queues that never had a worker."""

    workers: int = 0
    unclaimed: int = 0
    dead_letters: int = 0
    throughput: float = 0.0
    error_rate: float | None = None
    judged: int = 0


def queue_state(seen: Seen) -> State:
    """The state of one queue; the first that applies.

    stopped: its lanes are paused. offline: no worker serves it. error: of ten or more recent tasks less than
    half completed, or work waits and idle workers do not take it. overloaded: fifty or more wait.
    """
    if seen.paused:
        return "stopped"
    if seen.workers == 0:
        return "offline"
    rate = seen.recent.success_rate
    if seen.stalled > STALLED or (rate is not None and seen.recent.judged >= ENOUGH and rate < BAD):
        return "error"
    if seen.queued >= FULL:
        return "overloaded"
    return "processing" if seen.running or seen.queued else "idle"


def queue_status(seen: Seen, now: datetime) -> QueueStatus:
    """What is published of one queue."""
    return QueueStatus(
        queue=seen.queue,
        status=queue_state(seen),
        running=seen.running,
        queued=seen.queued,
        workers=seen.workers,
        response_ms=seen.recent.response_ms,
        success_rate=seen.recent.success_rate,
        throughput=seen.recent.throughput,
        current=list(seen.current[:SHOWN]),
        updated_at=now,
        response_p95_ms=seen.recent.response_p95_ms,
    )


def health(whole: Whole, queues: Sequence[Seen]) -> Health:
    """The health of the whole; the first that applies.

    degraded: work waits that nobody serves, a queue is in error, or five percent of ten or more tasks of the
    last hour failed. unknown: there is no worker. stressed: a queue is overloaded.
    """
    states = {queue_state(seen) for seen in queues}
    failing = whole.error_rate is not None and whole.judged >= ENOUGH and whole.error_rate >= DEGRADED
    if unserved(whole, queues) or "error" in states or failing:
        return "degraded"
    if whole.workers == 0:
        return "unknown"
    return "stressed" if "overloaded" in states else "healthy"


def unserved(whole: Whole, queues: Sequence[Seen]) -> int:
    """Tasks that wait where no worker is."""
    return whole.unclaimed + sum(seen.queued for seen in queues if not seen.workers and not seen.paused)


def overview(whole: Whole, queues: Sequence[Seen], now: datetime) -> Overview:
    """What is published of the whole."""
    return Overview(
        health=health(whole, queues),
        workers=whole.workers,
        running=sum(seen.running for seen in queues),
        queued=whole.unclaimed + sum(seen.queued for seen in queues),
        unserved=unserved(whole, queues),
        dead_letters=whole.dead_letters,
        throughput=whole.throughput,
        error_rate=whole.error_rate,
        timestamp=now,
    )
