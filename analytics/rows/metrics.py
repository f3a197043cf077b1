"""Measurements to rows: a host's load, a request to a language model, a change of an alert, anything else.

>>> line = metric(Origin("METRICS", "metric.node-1.queue_depth", 7, codec.from_ns(0)), b'{"depth": 3}')
>>> line.table, line.key, line.json[-35:]
('metrics', 7, b',"data":{"depth":3},"stream_seq":7}')
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct, structs
from msgspec.json import Decoder

from analytics.rows.feedback import rated
from analytics.rows.line import Count, Line, Origin, Small, cut, utc
from subjects import codec, errors
from subjects.agents import PerformanceAlert
from subjects.alerts import Alert
from subjects.feedback import KIND
from subjects.messages import Network


class SystemPayload(Struct):
    """What is read of a host's load."""

    host: str
    cpu_usage: float
    memory_usage: float
    disk_usage: float
    network_io: Network
    timestamp: datetime
    load: list[float] = []
    processes: dict[str, float] = {}


class SystemRow(Struct):
    """A row of `system_metrics`."""

    host: str
    measured_at: datetime
    cpu_usage: float
    memory_usage: float
    disk_usage: float
    bytes_sent: int
    bytes_received: int
    load: list[float]
    processes: dict[str, float]
    stream_seq: int


class CallPayload(Struct):
    """What is read of a request to a language model."""

    task: str
    function: str
    agent: str
    attempt: Small
    worker: str
    provider: str
    model: str
    kind: str
    local: bool
    outcome: str
    input_tokens: Count
    output_tokens: Count
    cached_tokens: Count
    usd: float | None
    ms: float
    at: datetime
    estimated: bool = False


class CallRow(Struct):
    """A row of `model_calls`."""

    task: str
    function: str
    agent: str
    attempt: int
    worker: str
    provider: str
    model: str
    kind: str
    local: bool
    outcome: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None
    ms: float
    estimated: bool
    called_at: datetime
    stream_seq: int


class AlertRow(Struct):
    """A row of `alerts`: one change of one alert."""

    id: str
    kind: str
    rule: str
    severity: str
    state: str
    summary: str
    since: datetime
    updated_at: datetime
    labels: dict[str, str]
    value: float | None
    threshold: float | None
    resolved_at: datetime | None
    acknowledged_by: str | None
    silenced: bool
    stream_seq: int


class MetricRow(Struct):
    """A row of `metrics`."""

    host: str
    kind: str
    measured_at: datetime
    data: dict[str, Any]
    stream_seq: int


_loads = Decoder(SystemPayload)
_calls = Decoder(CallPayload)
_alerts = Decoder(Alert)
_crossings = Decoder(PerformanceAlert)
_objects = Decoder(dict[str, Any])


def metric(origin: Origin, data: bytes) -> Line:
    """The row for a measurement: of the table of its kind, of `metrics` where there is none."""
    _, host, kind = origin.subject.split(".", 2)
    table, row = _KINDS.get(kind, _any)(origin, data, host, kind)
    return Line(table, origin.sequence, codec.encode(row))


def _any(origin: Origin, data: bytes, host: str, kind: str) -> tuple[str, Struct]:
    told = codec.decode(data, _objects)
    return "metrics", MetricRow(host, kind, origin.stored_at, told, origin.sequence)


def _load(origin: Origin, data: bytes, host: str, kind: str) -> tuple[str, Struct]:
    del host, kind
    told = codec.decode(data, _loads)
    network = told.network_io
    return "system_metrics", SystemRow(
        told.host,
        utc(told.timestamp),
        told.cpu_usage,
        told.memory_usage,
        told.disk_usage,
        network.bytes_sent,
        network.bytes_received,
        told.load,
        told.processes,
        origin.sequence,
    )


def _call(origin: Origin, data: bytes, host: str, kind: str) -> tuple[str, Struct]:
    del host, kind
    told = codec.decode(data, _calls)
    same = {name: getattr(told, name) for name in CallPayload.__struct_fields__ if name != "at"}
    return "model_calls", CallRow(**same, called_at=utc(told.at), stream_seq=origin.sequence)


def _alert(origin: Origin, data: bytes, host: str, kind: str) -> tuple[str, Struct]:
    del host
    try:
        told = codec.decode(data, _alerts)
    except errors.InvalidInput:
        if kind != "performance_alert":
            raise
        told = _crossed(codec.decode(data, _crossings))
    return "alerts", AlertRow(
        told.id,
        kind,
        told.rule,
        told.severity,
        told.state,
        cut(told.summary) or "",
        utc(told.since),
        utc(told.updated_at),
        told.labels,
        told.value,
        told.threshold,
        None if told.resolved_at is None else utc(told.resolved_at),
        told.acknowledged_by,
        told.silenced,
        origin.sequence,
    )


_NAMED = {
    "response_ms": ("median response time", "ms"),
    "success_rate": ("success rate", "%"),
    "error_rate": ("error rate", "%"),
}


def _crossed(own: PerformanceAlert) -> Alert:
    """An agent's crossing of a threshold as an alert."""
    since = utc(own.since)
    named, unit = _NAMED[own.metric]
    figure = "not known any more: nothing ran" if own.value is None else f"{own.value:g} {unit}"
    made = Alert(
        id=f"{own.agent}-{own.metric}-{int(since.timestamp() * 1000)}",
        rule=f"agent_{own.metric}",
        severity="warning",
        state=own.state,
        summary=f"{own.agent}: {named} {figure}, limit {own.limit:g} {unit}",
        since=since,
        updated_at=own.at,
        labels={"agent": own.agent, "metric": own.metric},
        value=own.value,
        threshold=own.limit,
    )
    return structs.replace(made, resolved_at=own.at) if own.state == "resolved" else made


_KINDS: dict[str, Callable[[Origin, bytes, str, str], tuple[str, Struct]]] = {
    "system": _load,
    KIND: rated,
    "model_call": _call,
    "system_alert": _alert,
    "performance_alert": _alert,
}
