"""What comes of a task: its result, its output, and what it tells until then."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from gateway import sse
from gateway.exchange import Answer, Ask, given, said, seconds
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors, names, streams
from subjects.bus import Records
from subjects.client import lookup
from subjects.messages import Result

OVER = "result"
"""The event id of a result: who comes back with it has heard everything."""


@get("/api/tasks/{id:str}/result", operation_id="getResult", opt=says(Result))
async def result(request: Ask, id: FromPath[str], wait: FromQuery[float | None] = None) -> Answer:
    """The outcome; waited for up to `wait` seconds. 202 with where the task stands while there is none."""
    parts = parts_of(request)
    patience = seconds(wait, parts.settings.max_wait)
    if (stored := await _stored(parts, id)) is not None:
        return given(stored)
    # Who waits for what was never submitted is told so at once.
    view = await parts.client.get(id)
    if view.result is None and patience:
        await _wait(parts, id, patience)
        view = await parts.client.get(id)
    return said(view, 202, {"Retry-After": "1"}) if view.result is None else said(view.result)


@get("/api/tasks/{id:str}/output", operation_id="getOutput", opt=says(None))
async def output(request: Ask, id: FromPath[str]) -> Answer:
    """What the function returned, also where it is too large for a result; 202 while there is nothing."""
    parts = parts_of(request)
    view = await parts.client.get(id)
    if view.result is None:
        return said(view, 202, {"Retry-After": "1"})
    if view.result.state != "completed":
        raise errors.NotFound(f"task {id} is {view.state} and has no output", state=view.state)
    return given(await parts.client.output(view.result))


@get("/api/tasks/{id:str}/events", operation_id="followTask", opt=says(None, media="text/event-stream"))
async def events(request: Ask, id: FromPath[str]) -> Stream | Answer:
    """What a task tells, from its first event or after `Last-Event-ID`, to `event: result`, the last one."""
    parts = parts_of(request)
    last = request.headers.get("last-event-id", "")
    await parts.client.get(id)
    if last == OVER:
        # The answer that makes an EventSource stop coming back.
        return given(b"", 204)
    if last and not (last.isdecimal() and len(last) < 19):
        raise errors.InvalidRequest(f"Last-Event-ID: {last[:40]!r} is no sequence")
    return sse.stream(parts, _told(parts, id, int(last or 0)))


@get("/api/tasks/{id:str}/input", operation_id="getInput", opt=says(None))
async def input(request: Ask, id: FromPath[str]) -> Answer:
    """What the task was given, as it was given; also before it has ended."""
    parts = parts_of(request)
    view = await parts.client.get(id)
    if view.result is not None:
        return given(bytes(view.result.input))
    waiting = await lookup.queued_record(parts.bus, id)
    record = waiting or await Records(parts.bus, streams.STREAM_TASKS).last(names.schedule(id))
    if record is None:
        # It ended this moment.
        return given(bytes((await parts.client.result(id)).input))
    return given(record.data)


async def _told(parts: Parts, id: FromPath[str], after: int) -> AsyncGenerator[bytes, None]:
    async for told in parts.client.events(id, after):
        place = OVER if told.kind == "result" else str(told.sequence)
        yield sse.event(told.data, told.kind, place)


async def _stored(parts: Parts, id: FromPath[str]) -> bytes | None:
    record = await Records(parts.bus, streams.STREAM_RESULTS).last(names.any_result(id))
    return None if record is None else record.data


async def _wait(parts: Parts, id: FromPath[str], patience: float) -> None:
    """Return when there is a result, the patience ends, or the gateway stops."""
    waiting = asyncio.ensure_future(parts.client.result(id, patience))
    stopping = asyncio.ensure_future(parts.stopping.wait())
    try:
        await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        waiting.cancel()
        with contextlib.suppress(errors.WaitTimeout, asyncio.CancelledError):
            await waiting


HANDLERS = [result, output, input, events]
