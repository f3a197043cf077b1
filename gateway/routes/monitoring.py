"""How the system does: measured by analytics, asked over NATS."""

from typing import Any

from litestar import get

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


async def _row(parts: Parts, query: str) -> dict[str, Any]:
    try:
        answer = await parts.client.query(query)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    [row] = answer["rows"]
    return dict(zip(answer["columns"], row, strict=True))


HANDLERS = [metrics, overview]
