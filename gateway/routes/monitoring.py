"""How the system does: measured by analytics, asked over NATS."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import FromQuery
from msgspec import Meta, Struct

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import codec, errors
from subjects.messages import Overview

Window = Literal["1h", "6h", "24h", "7d"]
HOURS: dict[str, int] = {"1h": 1, "6h": 6, "24h": 24, "7d": 168}


class Percentiles(Struct, frozen=True):
    """Of a time, in milliseconds, within 2.5 %; null where nothing of it ended."""

    p50: float | None
    p95: float | None
    p99: float | None


class Passed(Struct, frozen=True):
    """Bytes of the network, of all hosts: since they started, or within a window."""

    bytes_sent: int | None
    bytes_received: int | None


class Figures(Struct, frozen=True, kw_only=True):
    """Of a window: load of the hosts (mean of CPU and memory, the fullest disk), and how tasks did."""

    cpu_usage: float | None
    memory_usage: float | None
    disk_usage: float | None
    network_io: Passed
    response_times: Annotated[Percentiles, Meta(description="From submission to outcome, of what completed.")]
    queue_times: Annotated[Percentiles, Meta(description="From submission to start.")]
    run_times: Annotated[Percentiles, Meta(description="From start to outcome.")]
    error_rate: Annotated[float, Meta(description="Percent that failed or was rejected.")] | None
    throughput: Annotated[float, Meta(description="Finished tasks a minute.")]
    tasks: Annotated[int, Meta(description="Finished tasks.")]


class Metrics(Figures, frozen=True, kw_only=True):
    """What is measured. Without `window`: the load of now, times and errors of the last hour."""

    error_rates: dict[Window, float | None]
    timestamp: datetime
    window: Window | None = None
    since: datetime | None = None
    previous: Annotated[Figures, Meta(description="Of the window before, as long.")] | None = None


class SystemOverview(Overview, frozen=True, kw_only=True):
    """The whole in one row. Without `window`: throughput and times of 5 minutes, errors of the last hour."""

    response_p50: float | None
    response_p95: float | None
    hour_finished: int
    hour_failed: int
    window: Window | None = None
    since: datetime | None = None
    finished: int | None = None
    failed: int | None = None
    queue_p50: float | None = None
    queue_p95: float | None = None
    run_p50: float | None = None
    run_p95: float | None = None


@get("/api/monitoring/metrics", operation_id="getMetrics", opt=says(Metrics))
async def metrics(request: Ask, window: FromQuery[Window | None] = None) -> Answer:
    """Load of the hosts, response times, error rates, throughput. Null where nothing was measured.

    With `window` all of it is of that window, beside the one before it.
    """
    parts = parts_of(request)
    [row] = await _rows(parts, "monitoring_metrics")
    if window is None:
        return said(row)
    own, before = await _rows(parts, "monitoring_window", hours=HOURS[window])
    told = {"window": window, "since": own["since"], "previous": _figures(before)}
    return said({**row, **_figures(own), **told})


@get("/api/system/overview", operation_id="getOverview", opt=says(SystemOverview))
async def overview(request: Ask, window: FromQuery[Window | None] = None) -> Answer:
    """The whole in one row: health, workers, queues, throughput, error rate, response times.

    With `window` throughput, errors and times are of that window.
    """
    parts = parts_of(request)
    [measured] = await _rows(parts, "overview")
    told = await parts.queues.overview()
    if told is None:
        raise errors.Unavailable("nothing has been measured in the last 30 s")
    whole = {**measured, **codec.to_builtins(told)}
    if window is None:
        return said(whole)
    [own, _] = await _rows(parts, "monitoring_window", hours=HOURS[window])
    times = {
        f"{name}_{percent}": own[f"{name}_times"][percent]
        for name in ("response", "queue", "run")
        for percent in ("p50", "p95")
    }
    figures = {name: own[name] for name in ("throughput", "error_rate", "failed", "since")}
    return said({**whole, **figures, **times, "window": window, "finished": own["tasks"]})


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Figures.__struct_fields__}


async def _rows(parts: Parts, query: str, **given: Any) -> list[dict[str, Any]]:
    try:
        answer = await parts.client.query(query, given)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


HANDLERS = [metrics, overview]
