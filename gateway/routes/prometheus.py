"""What this gateway counted and how the lanes stand, in the text that Prometheus reads."""

from collections.abc import Iterable

from litestar import MediaType, Response, get

from gateway.counters import Labels
from gateway.exchange import Ask
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors


@get("/metrics", operation_id="getPrometheus", opt=says(None, media="text/plain"), media_type=MediaType.TEXT)
async def prometheus(request: Ask) -> Response[str]:
    """What this gateway counted, and how deep the lanes are, for Prometheus."""
    parts = parts_of(request)
    text = parts.counters.text(await _gauges(parts))
    return Response(text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


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


HANDLERS = [prometheus]
