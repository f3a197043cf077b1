"""/api/schedules: tasks that come again and again, and those that wait for their time."""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import delete, get, post
from litestar import put as put_handler
from litestar.params import FromPath, QueryParameter
from msgspec import structs

from gateway import pages
from gateway.exchange import Answer, Ask, body, revision, said, trace
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors
from subjects.client import schedules as wire
from subjects.client import timetable
from subjects.client.schedules import Seen
from subjects.fitting import misfits
from subjects.messages import Accepted, Schedule
from subjects.timetable import Kind, Moments, Preview, ScheduleView, Waiting

_schedules = msgspec.json.Decoder(Schedule)
_moments = msgspec.json.Decoder(Moments)


@get("/api/schedules", operation_id="listSchedules", opt=says(list[ScheduleView]))
async def listed(  # noqa: PLR0917 - one for each filter of the query
    request: Ask,
    kind: Annotated[Kind | None, QueryParameter()] = None,
    paused: Annotated[bool | None, QueryParameter()] = None,
    function: Annotated[str | None, QueryParameter(max_length=129)] = None,
    text: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, QueryParameter(max_length=500)] = None,
) -> Answer:
    """Recurring tasks by name, each with its next time and last runs; `kind=once`: delayed tasks, by time.

    Where there are more, the `Link` header leads to them.
    """
    after = pages.read(cursor).after
    wanted = Waiting(kind, paused, function, text, after, limit)
    found = await timetable.page(parts_of(request).client, wanted)
    if found.next is None:
        return said(found.views)
    query = dict(request.query_params) | {"cursor": pages.written(pages.Cursor(after=found.next))}
    return said(found.views, headers={"Link": f'<{request.url.path}?{urlencode(query)}>; rel="next"'})


@get("/api/schedules/{name:str}", operation_id="getSchedule", opt=says(ScheduleView))
async def show(request: Ask, name: FromPath[str]) -> Answer:
    """One recurring task with its next ten times and its input. `ETag` is its revision."""
    return await _shown(parts_of(request), name)


@post("/api/schedules", status_code=201, operation_id="putSchedule", opt=says(ScheduleView, takes=Schedule))
async def put(request: Ask) -> Answer:
    """Make a recurring task, or replace the one of this name; with `If-None-Match: *` only a new one (409).

    A function that nobody has announced, or an input that does not fit it, is taken, with a warning.
    """
    schedule = await body(request, _schedules)
    new = (request.headers.get("if-none-match") or "").strip() == "*"
    return await _written(request, schedule, "none" if new else _seen(request), 201)


@put_handler(
    "/api/schedules/{name:str}", operation_id="changeSchedule", opt=says(ScheduleView, takes=Schedule)
)
async def change(request: Ask, name: FromPath[str]) -> Answer:
    """Replace a recurring task. With `If-Match`, only where nobody was faster (412)."""
    schedule = await body(request, _schedules)
    if schedule.name != name:
        raise errors.InvalidRequest(
            f"the schedule is named {schedule.name[:80]!r}, the address says {name[:80]!r}"
        )
    return await _written(request, schedule, _seen(request), 200)


@post(
    "/api/schedules/preview",
    status_code=200,
    operation_id="previewSchedule",
    opt=says(Preview, takes=Moments),
)
async def preview(request: Ask) -> Answer:
    """When something would come that is not saved, to the second of the server; in words too."""
    return said(timetable.preview(await body(request, _moments)))


@delete("/api/schedules/{name:str}", operation_id="removeSchedule", opt=says(None))
async def remove(request: Ask, name: FromPath[str]) -> None:
    """Forget a recurring task; what it has put into the queue already stays there."""
    await wire.remove(parts_of(request).bus, name, _seen(request))


@post(
    "/api/schedules/{name:str}/pause", status_code=200, operation_id="pauseSchedule", opt=says(ScheduleView)
)
async def pause(request: Ask, name: FromPath[str]) -> Answer:
    """Stop a recurring task."""
    await parts_of(request).client.pause_schedule(name, paused=True)
    return await _shown(parts_of(request), name)


@post(
    "/api/schedules/{name:str}/resume", status_code=200, operation_id="resumeSchedule", opt=says(ScheduleView)
)
async def resume(request: Ask, name: FromPath[str]) -> Answer:
    """Let a paused recurring task go on; what would have come meanwhile does not come."""
    await parts_of(request).client.pause_schedule(name, paused=False)
    return await _shown(parts_of(request), name)


@post("/api/schedules/{name:str}/run", status_code=202, operation_id="runSchedule", opt=says(Accepted))
async def run(request: Ask, name: FromPath[str]) -> Answer:
    """Let a recurring task run once now, paused or not; its next time stays as it is."""
    parts = parts_of(request)
    accepted = await wire.run(parts.bus, name, parts.door(trace(request)))
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


async def _written(request: Ask, schedule: Schedule, seen: Seen, status: int) -> Answer:
    parts = parts_of(request)
    await parts.client.schedule(schedule, seen)
    return await _shown(parts, schedule.name, status)


async def _shown(parts: Parts, name: str, status: int = 200) -> Answer:
    view = await timetable.one(parts.client, name)
    headers = {"ETag": f'"{view.revision}"'}
    if status == 201:
        headers["Location"] = f"/api/schedules/{name}"
    return said(
        structs.replace(view, warnings=[*view.warnings, *await _doubts(parts, view)]), status, headers
    )


async def _doubts(parts: Parts, view: ScheduleView) -> list[str]:
    """What will probably go wrong when it runs."""
    try:
        info = await parts.catalog.function(view.function)
    except (errors.UnknownFunction, errors.UnknownQueue) as error:
        return [f"{error.message}: its runs wait until one does"]
    return [f"the input does not fit: {wrong}" for wrong in misfits(view.input, info.input_schema)]


def _seen(request: Ask) -> Seen:
    number = revision(request)
    return "any" if number is None else number


HANDLERS = [listed, show, put, change, preview, remove, pause, resume, run]
