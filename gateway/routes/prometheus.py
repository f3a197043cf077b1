"""What this gateway counted and how the system stands, in the text that Prometheus reads."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import get_args

from litestar import MediaType, Response, get

from gateway import lanes
from gateway.exchange import Ask
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from gateway.prometheus import Labels, Reading, Sample, bounded, negotiated, written
from subjects import codec, errors
from subjects.alerts import Alert, Severity
from subjects.client import alerts
from subjects.messages import WorkerInfo

PATIENCE = 2.0
"""Seconds that a part may take to answer; a scrape must not hang on one that does not."""


@get("/metrics", operation_id="getPrometheus", opt=says(None, media="text/plain"), media_type=MediaType.TEXT)
async def prometheus(request: Ask) -> Response[str]:
    """Counters, lanes, workers, hosts and analytics, as text 0.0.4 or OpenMetrics, whichever is accepted."""
    parts = parts_of(request)
    kind = negotiated(request.headers.get("accept", ""))
    found: dict[str, Iterable[Sample]] = {**parts.counters.samples(), **parts.tally.samples()}
    async for name, values in _readings(parts):
        found[name] = [Sample(labels, float(value)) for labels, value in values]
    return Response(written(found, kind), headers={"Content-Type": kind, "Vary": "Accept"})


async def _readings(parts: Parts) -> AsyncIterator[Reading]:
    """What is read for the occasion; a part that does not answer has no figures, rather than old ones."""
    for reading in (*_own(parts), *parts.tally.hosts()):
        yield reading
    for read in (_lanes, _workers, _whole, _alerts, _analytics):
        with contextlib.suppress(errors.RevoError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                found = await read(parts)
            for reading in found:
                yield reading


def _own(parts: Parts) -> list[Reading]:
    listeners = parts.fanout.gauges()
    return [
        ("revo_build_info", [((parts.version,), 1.0)]),
        ("revo_nats_connected", [((), float(parts.bus.connected))]),
        ("revo_listeners", [((), listeners["clients"])]),
        ("revo_subscriptions", [((), listeners["subscriptions"])]),
        ("revo_submits_open", [((), float(parts.intake.open))]),
    ]


async def _lanes(parts: Parts) -> list[Reading]:
    known = await parts.lanes.get()
    since, now = await lanes.oldest(parts.bus, known), codec.now()
    return [
        ("revo_lane_queued", bounded((key, float(lane.queued)) for key, lane in known.items())),
        ("revo_lane_running", bounded((key, float(lane.running)) for key, lane in known.items())),
        ("revo_lane_paused", bounded((key, float(lane.paused)) for key, lane in known.items())),
        (
            "revo_lane_oldest_seconds",
            [(key, max(0.0, (now - at).total_seconds())) for key, at in sorted(since.items())],
        ),
    ]


async def _workers(parts: Parts) -> list[Reading]:
    """Only of those that are alive: a dead one is gone from the bucket, and so from here."""
    alive = list((await parts.catalog.workers.get()).values())
    return [
        ("revo_workers", [((), float(len(alive)))]),
        ("revo_queue_workers", bounded(_serving(alive))),
        ("revo_worker_slots", bounded(((own.id, own.host), float(own.slots)) for own in alive)),
        ("revo_worker_held", bounded(((own.id, own.host), float(len(own.held))) for own in alive)),
        ("revo_worker_memory_bytes", bounded(((own.id, own.host), float(own.memory)) for own in alive)),
    ]


def _serving(alive: list[WorkerInfo]) -> list[tuple[Labels, float]]:
    found: dict[str, int] = defaultdict(int)
    for worker in alive:
        for queue in {name.partition(".")[0] for name in worker.functions}:
            found[queue] += 1
    return [((queue,), float(count)) for queue, count in found.items()]


async def _whole(parts: Parts) -> list[Reading]:
    """A queue that no worker ever served has no lane: only analytics sees what waits there."""
    told = await parts.queues.overview()
    if told is None:
        return []
    return [
        ("revo_tasks_unserved", [((), float(told.unserved))]),
        ("revo_dead_letters", [((), float(told.dead_letters))]),
    ]


async def _alerts(parts: Parts) -> list[Reading]:
    """As they stand in their bucket: with analytics down it still says what rang last."""
    found = dict.fromkeys(get_args(Severity), 0.0)
    for entry in await alerts.listed(parts.bus, alerts.ALERTS, Alert):
        if entry.value is not None and entry.value.state != "resolved":
            found[entry.value.severity] += 1
    return [("revo_alerts_firing", [((severity,), count) for severity, count in found.items()])]


async def _analytics(parts: Parts) -> list[Reading]:
    try:
        return [("revo_analytics_up", [((), 1.0)]), *await parts.progress.get()]
    except errors.RevoError:
        return [("revo_analytics_up", [((), 0.0)])]


HANDLERS = [prometheus]
