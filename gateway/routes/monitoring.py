"""How the system does: measured by analytics, asked over NATS; and what this gateway counted itself."""

from collections.abc import Iterable
from typing import Any

from litestar import MediaType, Response, get

from gateway.counters import Labels
from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import codec, errors


@get("/api/monitoring/metrics", operation_id="getMetrics", opt=says(dict[str, Any]))
async def metrics(request: Ask) -> Answer:
    """Load of the hosts, response times, error rates, throughput. Null where nothing was measured."""
    return said(await _row(parts_of(request), "monitoring_metrics"))


@get("/api/system/overview", operation_id="getOverview", opt=says(dict[str, Any]))
async def overview(request: Ask) -> Answer:
    """The whole in one row: health, workers, queues, throughput, error rate, response times."""
    parts = parts_of(request)
    measured = await _row(parts, "overview")
    told = await parts.queues.overview()
    if told is None:
        raise errors.Unavailable("nothing has been measured in the last 30 s")
    return said({**measured, **codec.to_builtins(told)})


@get("/metrics", operation_id="getPrometheus", opt=says(None, media="text/plain"), media_type=MediaType.TEXT)
async def prometheus(request: Ask) -> Response[str]:
    """What this gateway counted, and how deep the lanes are, for Prometheus."""
    parts = parts_of(request)
    text = parts.counters.text(await _gauges(parts))
    return Response(text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def _row(parts: Parts, query: str) -> dict[str, Any]:
    try:
        answer = await parts.client.query(query)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    [row] = answer["rows"]
    return dict(zip(answer["columns"], row, strict=True))


async def _gauges(parts: Parts) -> list[tuple[str, str, Iterable[tuple[Labels, float]]]]:
    listeners = parts.fanout.gauges()
    gauges: list[tuple[str, str, Iterable[tuple[Labels, float]]]] = [
        ("revo_nats_connected", "Whether a NATS server is on the line.", [((), float(parts.bus.connected))]),
        ("revo_listeners", "Sockets and event streams that are open.", [((), listeners["clients"])]),
        ("revo_subscriptions", "Their subscriptions.", [((), listeners["subscriptions"])]),
        ("revo_submits_open", "Submissions on their way to disk.", [((), parts.intake.open)]),
    ]
    try:
        lanes = sorted((await parts.lanes.get()).items())
        workers = len(await parts.catalog.workers.get())
    except errors.RevoError:
        return gauges
    for name, help in (
        ("queued", "Tasks that wait in a lane."),
        ("running", "Tasks of a lane that workers hold."),
    ):
        values = [
            ((("queue", queue), ("priority", urgency)), getattr(lane, name))
            for (queue, urgency), lane in lanes
        ]
        gauges.append((f"revo_lane_{name}", help, values))
    gauges.append(("revo_workers", "Workers that are alive.", [((), workers)]))
    return gauges


HANDLERS = [metrics, overview, prometheus]
