"""/api/agents: register, list, read, change and forget agents, and give them tasks."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, QueryParameter

from gateway import pages
from gateway.agents import Wanted
from gateway.exchange import Answer, Ask, body, revision, said, trace
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors, names
from subjects.agents import (
    AUTO,
    AgentMetrics,
    AgentTask,
    AgentView,
    Choice,
    ChoiceRequest,
    Definition,
    NewAgent,
    Origin,
    Revision,
    Status,
)
from subjects.messages import Accepted

Window = Literal["1h", "6h", "24h", "7d"]
Level = Literal["debug", "info", "warning", "error"]
HOURS: dict[Window, int] = {"1h": 1, "6h": 6, "24h": 24, "7d": 168}

_new = msgspec.json.Decoder(NewAgent)
_definitions = msgspec.json.Decoder(Definition)
_choices = msgspec.json.Decoder(ChoiceRequest)
_tasks = msgspec.json.Decoder(AgentTask)


@get("/api/agents", operation_id="listAgents", opt=says(list[AgentView]))
async def agents(  # noqa: PLR0917 - one for each filter of the query
    request: Ask,
    capability: Annotated[str | None, QueryParameter(max_length=129)] = None,
    status: Annotated[Status | None, QueryParameter()] = None,
    origin: Annotated[Origin | None, QueryParameter()] = None,
    text: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, QueryParameter(max_length=500)] = None,
) -> Answer:
    """Announced agents, then registered ones. Where there are more, the `Link` header leads to them."""
    after = pages.read(cursor).after
    found = await parts_of(request).agents.page(Wanted(capability, status, origin, text, after, limit))
    if found.next is None:
        return said(found.views)
    query = dict(request.query_params) | {"cursor": pages.written(pages.Cursor(after=found.next))}
    return said(found.views, headers={"Link": f'<{request.url.path}?{urlencode(query)}>; rel="next"'})


@post("/api/agents", status_code=201, operation_id="createAgent", opt=says(AgentView, takes=NewAgent))
async def create(request: Ask) -> Answer:
    """Register an agent; 409 where there is one of this id, announced or registered."""
    parts = parts_of(request)
    new = await body(request, _new)
    if new.id in await parts.catalog.queues():
        raise errors.AlreadyExists(f"workers announce an agent {new.id!r}; choose another id")
    await parts.agents.registry.create(new)
    return await _shown(parts, new.id, 201)


@post(
    "/api/agents/choose", status_code=200, operation_id="chooseAgent", opt=says(Choice, takes=ChoiceRequest)
)
async def choose(request: Ask) -> Answer:
    """The best agent for some capabilities, with every figure looked at; `agent` is null without one."""
    return said(await parts_of(request).agents.choose(await body(request, _choices)))


@get("/api/agents/{id:str}", operation_id="getAgent", opt=says(AgentView))
async def show(request: Ask, id: FromPath[str]) -> Answer:
    """One agent as it is now. `ETag` is its revision."""
    return await _shown(parts_of(request), id)


@put("/api/agents/{id:str}", operation_id="changeAgent", opt=says(AgentView, takes=Definition))
async def change(request: Ask, id: FromPath[str]) -> Answer:
    """Replace the definition of a registered agent. With `If-Match`, only where nobody was faster (412)."""
    parts = parts_of(request)
    definition = await body(request, _definitions)
    await _registered(parts, id)
    await parts.agents.registry.change(id, definition, revision(request))
    return await _shown(parts, id)


@delete("/api/agents/{id:str}", status_code=204, operation_id="removeAgent", opt=says(None))
async def remove(request: Ask, id: FromPath[str]) -> None:
    """Forget a registered agent. Its history stays readable; its tasks go on."""
    parts = parts_of(request)
    await _registered(parts, id)
    await parts.agents.registry.remove(id, revision(request))


@get("/api/agents/{id:str}/history", operation_id="getAgentHistory", opt=says(list[Revision]))
async def history(request: Ask, id: FromPath[str]) -> Answer:
    """The last twenty states of a registered agent, newest first; deletions too."""
    return said(await parts_of(request).agents.registry.history(id))


@post(
    "/api/agents/{id:str}/tasks",
    status_code=202,
    operation_id="giveAgentTask",
    opt=says(Accepted, takes=AgentTask),
)
async def give(request: Ask, id: FromPath[str]) -> Answer:
    """Give an agent a task: 403 for what it may not do, 409 where it is stopped.

    The id `auto` is whoever is best for the `capabilities`, or for the function.
    """
    parts = parts_of(request)
    task = await body(request, _tasks)
    if id == AUTO:
        id = await parts.agents.best(task)
    key = request.headers.get("idempotency-key")
    if key is not None:
        task = msgspec.structs.replace(task, id=task.id or key)
    accepted = await parts.intake.give(id, task, parts.door(trace(request)))
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}", "Task-Agent": id})


@post("/api/agents/{id:str}/start", status_code=200, operation_id="startAgent", opt=says(AgentView))
async def start(request: Ask, id: FromPath[str]) -> Answer:
    """Let a stopped agent work again; starting twice is fine."""
    return said(await parts_of(request).agents.start(names.token(id)))


@post("/api/agents/{id:str}/stop", status_code=200, operation_id="stopAgent", opt=says(AgentView))
async def stop(request: Ask, id: FromPath[str]) -> Answer:
    """Stop an agent: what runs ends, what waits of an announced one waits on. Stopping twice is fine."""
    return said(await parts_of(request).agents.stop(names.token(id)))


@get("/api/agents/{id:str}/metrics", operation_id="getAgentMetrics", opt=says(AgentMetrics))
async def metrics(request: Ask, id: FromPath[str], window: FromQuery[Window] = "1h") -> Answer:
    """How one agent did over a time: outcomes, response times, what went wrong. 503 where nobody measures."""
    parts = parts_of(request)
    view = await parts.agents.one(names.token(id))
    [row] = await _measured(parts, "agent_metrics", {"agent": id, "hours": HOURS[window]})
    own = {key: getattr(view, key) for key in ("status", "running", "queued", "workers", "current")}
    return said({"agent": id, "window": window, **own, **row})


@get("/api/agents/{id:str}/logs", operation_id="getAgentLogs", opt=says(pages.Page))
async def logs(
    request: Ask,
    id: FromPath[str],
    level: Annotated[Level | None, QueryParameter()] = None,
    since: FromQuery[datetime | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, QueryParameter(max_length=500)] = None,
) -> Answer:
    """What an agent's tasks wrote, newest first, of `level` or worse. Live: /ws/agents/{id}/logs."""
    parts = parts_of(request)
    await parts.agents.one(names.token(id))
    asked = {
        "agent": id,
        "level": level,
        "since": None if since is None else since.isoformat(),
        "before": pages.read(cursor).upto,
        "limit": limit,
    }
    rows = await _measured(parts, "agent_logs", {key: one for key, one in asked.items() if one is not None})
    full = len(rows) == limit
    return said(pages.Page(rows, pages.written(pages.Cursor(upto=rows[-1]["stream_seq"])) if full else None))


async def _measured(parts: Parts, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = await parts.client.query(query, given)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"analytics does not answer: {error.message}") from None
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


async def _shown(parts: Parts, id: str, status: int = 200) -> Answer:
    view = await parts.agents.one(id)
    headers = {"ETag": f'"{view.revision}"'}
    if status == 201:
        headers["Location"] = f"/api/agents/{id}"
    return said(view, status, headers)


async def _registered(parts: Parts, id: str) -> None:
    view = await parts.agents.one(id)
    if view.origin == "announced":
        raise errors.Forbidden(f"{id} is announced by workers; register an agent with {id} as capability")


HANDLERS = [agents, create, choose, show, change, remove, history, give, start, stop, metrics, logs]
