"""/api/schedules: tasks that come again and again."""

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from gateway.exchange import Answer, Ask, body, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects.messages import Schedule

_schedules = msgspec.json.Decoder(Schedule)


@get("/api/schedules", operation_id="listSchedules", opt=says(list[Schedule]))
async def listed(request: Ask) -> Answer:
    """All recurring tasks, paused ones too."""
    return said(await parts_of(request).client.schedules())


@post("/api/schedules", status_code=201, operation_id="putSchedule", opt=says(Schedule, takes=Schedule))
async def put(request: Ask) -> Answer:
    """Make a recurring task, or replace the one of this name."""
    parts = parts_of(request)
    schedule = await body(request, _schedules)
    await parts.catalog.check(schedule.function)
    await parts.client.schedule(schedule)
    return said(schedule, 201)


@delete("/api/schedules/{name:str}", operation_id="removeSchedule", opt=says(None))
async def remove(request: Ask, name: FromPath[str]) -> None:
    """Forget a recurring task; what it has put into the queue already stays there."""
    await parts_of(request).client.remove_schedule(name)


@post("/api/schedules/{name:str}/pause", status_code=200, operation_id="pauseSchedule", opt=says(Schedule))
async def pause(request: Ask, name: FromPath[str]) -> Answer:
    """Stop a recurring task."""
    return said(await parts_of(request).client.pause_schedule(name, paused=True))


@post("/api/schedules/{name:str}/resume", status_code=200, operation_id="resumeSchedule", opt=says(Schedule))
async def resume(request: Ask, name: FromPath[str]) -> Answer:
    """Let a paused recurring task go on."""
    return said(await parts_of(request).client.pause_schedule(name, paused=False))


HANDLERS = [listed, put, remove, pause, resume]
