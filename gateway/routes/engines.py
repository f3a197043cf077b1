"""/api/engines: how engines do, their life, their rules, and work for whichever of them fits."""

from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Raw, Struct

from gateway.exchange import Answer, Ask, body, said, seconds, trace
from gateway.intake import keyed
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects.client import engines, lanes, rules
from subjects.client.collaborations import Collaboration, collaborations
from subjects.client.engines import Restarted
from subjects.client.lanes import Switched
from subjects.client.statuses import Depth
from subjects.messages import Accepted, QueueStatus, Submission
from subjects.routing import Routing

RESTART_WITHIN = 60.0
ORCHESTRATE = "coordinator.orchestrate"

_routings = msgspec.json.Decoder(Routing)


class EngineMetrics(Struct, frozen=True):
    """What is measured of an engine. `functions` is null where analytics does not run."""

    engine: str
    status: QueueStatus
    lanes: dict[str, Depth]
    workers: list[str]
    functions: Annotated[
        list[dict[str, Any]] | None, Meta(description="Waiting and run times of the last hour, milliseconds.")
    ] = None


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """Work for whichever engine fits: a task type and the input of it."""

    type: str
    input: Raw = msgspec.field(default_factory=lambda: Raw(b"{}"))
    prefer: Annotated[str, Meta(description="The engine that you would like best.")] = ""
    priority: str = "medium"
    id: str | None = None


_orders = msgspec.json.Decoder(Order)


@get("/api/engines", operation_id="listEngines", opt=says(list[QueueStatus]))
async def listed(request: Ask) -> Answer:
    """The engines and how they are doing; times and rates are null where analytics does not run."""
    return said(await engines.listed(parts_of(request).bus))


@get("/api/engines/{type:str}/status", operation_id="getEngine", opt=says(QueueStatus))
async def status(request: Ask, type: FromPath[str]) -> Answer:
    """How one engine does, looked at now."""
    return said(await engines.status(parts_of(request).bus, type))


@get("/api/engines/{type:str}/metrics", operation_id="getEngineMetrics", opt=says(EngineMetrics))
async def metrics(request: Ask, type: FromPath[str]) -> Answer:
    """Lanes, workers, and how long its functions took."""
    parts = parts_of(request)
    own = await engines.status(parts.bus, type)
    depth = {urgency: lane for (queue, urgency), lane in (await parts.lanes.get()).items() if queue == type}
    try:
        answer = await parts.client.query("latency", {"queue": type})
        rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    except errors.Unavailable:
        rows = None
    return said(EngineMetrics(type, own, depth, sorted(await lanes.serving(parts.bus, type)), rows))


@post("/api/engines/{type:str}/start", status_code=200, operation_id="startEngine", opt=says(Switched))
async def start(request: Ask, type: FromPath[str]) -> Answer:
    """Let an engine work on. Starting twice is fine."""
    return said(await engines.start(parts_of(request).bus, type))


@post("/api/engines/{type:str}/stop", status_code=200, operation_id="stopEngine", opt=says(Switched))
async def stop(request: Ask, type: FromPath[str]) -> Answer:
    """Let an engine end what runs and begin nothing; its queue is kept. Stopping twice is fine."""
    return said(await engines.stop(parts_of(request).bus, type))


@post("/api/engines/{type:str}/restart", status_code=200, operation_id="restartEngine", opt=says(Restarted))
async def restart(request: Ask, type: FromPath[str], within: FromQuery[float | None] = None) -> Answer:
    """Replace the worker processes that serve an engine, one after the other, and start it."""
    parts = parts_of(request)
    patience = seconds(within, parts.settings.max_wait) if within is not None else RESTART_WITHIN
    return said(await engines.restart(parts.bus, type, within=patience))


@post(
    "/api/engines/orchestrate", status_code=202, operation_id="orchestrate", opt=says(Accepted, takes=Order)
)
async def orchestrate(request: Ask) -> Answer:
    """Give a task to the engine that the rules, or you, prefer; its fallback takes over where that fails."""
    parts = parts_of(request)
    order = await body(request, _orders)
    input = Raw(msgspec.json.encode({"type": order.type, "input": order.input, "prefer": order.prefer}))
    submission = Submission(function=ORCHESTRATE, input=input, priority=order.priority, id=order.id)
    submission = keyed(submission, request.headers.get("idempotency-key"))
    accepted = await parts.intake.accept(submission, parts.door(trace(request)))
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


@get("/api/engines/collaboration", operation_id="listCollaborations", opt=says(list[Collaboration]))
async def collaboration(request: Ask, limit: FromQuery[int] = 20) -> Answer:
    """What jobs of several engines run now, and which have ended lately, with the state of each part."""
    if not 1 <= limit <= 200:
        raise errors.InvalidRequest("limit is 1 to 200")
    return said(await collaborations(parts_of(request).bus, limit))


@get("/api/engines/routing", operation_id="getRouting", opt=says(Routing))
async def routing(request: Ask) -> Answer:
    """Which engine does what, and who stands in for it."""
    return said(await rules.current(parts_of(request).bus))


@put("/api/engines/routing", status_code=200, operation_id="putRouting", opt=says(Routing, takes=Routing))
async def put_routing(request: Ask) -> Answer:
    """Change the rules; they hold for the next task."""
    return said(await rules.put(parts_of(request).bus, await body(request, _routings)))


HANDLERS = [
    listed,
    status,
    metrics,
    start,
    stop,
    restart,
    orchestrate,
    collaboration,
    routing,
    put_routing,
]
