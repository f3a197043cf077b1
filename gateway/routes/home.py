"""Where things are, and what the codes of problems mean."""

from typing import Any

from litestar import get
from litestar.params import FromPath

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors

PLACES = {
    "tasks": "/api/tasks",
    "functions": "/api/functions",
    "workers": "/api/workers",
    "schedules": "/api/schedules",
    "dead_letters": "/api/dead-letters",
    "sockets": "/ws",
    "events": "/api/events?channel=task_completion",
    "channels": "/api/channels",
    "health": "/health",
    "metrics": "/metrics",
    "problems": "/problems",
    "openapi": "/schema",
}


@get("/", operation_id="home", opt=says(dict[str, Any]))
async def home(request: Ask) -> Answer:
    """Where things are. A browser gets the dashboard here, where it is built and not switched off."""
    parts_of(request)
    note = request.app.state.front.note
    told = {"dashboard": "/"} if note is None else {"dashboard": None, "note": note}
    return said({"name": "reVoAgent", **told, "places": PLACES})


@get("/problems", operation_id="listProblems", opt=says(list[dict[str, Any]]))
async def problems(request: Ask) -> Answer:
    """Every code that a problem can have."""
    parts_of(request)
    return said([_row(row) for row in errors.ROWS])


@get("/problems/{code:str}", operation_id="getProblem", opt=says(dict[str, Any]))
async def problem(request: Ask, code: FromPath[str]) -> Answer:
    """What a code means."""
    parts_of(request)
    row = errors.BY_CODE.get(code)
    if row is None:
        raise errors.NotFound(f"there is no problem {code[:80]!r}")
    return said(_row(row))


def _row(row: type[errors.RevoError]) -> dict[str, Any]:
    return {
        "type": f"/problems/{row.code}",
        "code": row.code,
        "title": row.title(),
        "status": row.status,
        "retryable": row.retryable,
    }


HANDLERS = [home, problems, problem]
