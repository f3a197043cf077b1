"""/api/tasks: submit, look, cancel, try again."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Raw, Struct

from gateway import problems
from gateway.exchange import Answer, Ask, body, decoded, said, trace
from gateway.intake import keyed
from gateway.listing import past
from gateway.openapi import says
from gateway.parts import Parts, parts_of
from subjects import errors, names
from subjects.client.submit import Door
from subjects.messages import Accepted, Submission, TaskView

AT_ONCE = 64
"""Submissions of one batch that wait for the store at the same time."""


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """Many tasks in one call."""

    tasks: Annotated[list[Raw], Meta(description="Each as for POST /api/tasks.")]


class Batched(Struct, frozen=True):
    """One answer for each task, in order: `accepted`, or a `problem`."""

    accepted: int
    refused: int
    tasks: Annotated[list[Any], Meta(description="{accepted: ...} or {problem: ...}.")]


_submissions = msgspec.json.Decoder(Submission)
_batches = msgspec.json.Decoder(Batch)


@post("/api/tasks", status_code=202, operation_id="submitTask", opt=says(Accepted, takes=Submission))
async def submit(request: Ask) -> Answer:
    """Put a task into the queue. On disk when this is answered; the same id is the same task."""
    parts = parts_of(request)
    submission = keyed(await body(request, _submissions), request.headers.get("idempotency-key"))
    accepted = await parts.intake.accept(submission, parts.door(trace(request)))
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


@post("/api/tasks/batch", status_code=202, operation_id="submitBatch", opt=says(Batched, takes=Batch))
async def submit_batch(request: Ask) -> Answer:
    """Put many tasks into the queue. What is refused does not stop the rest."""
    parts = parts_of(request)
    batch = await body(request, _batches)
    if not 1 <= len(batch.tasks) <= parts.settings.max_batch:
        raise errors.InvalidRequest(f"{len(batch.tasks)} tasks; a batch has 1 to {parts.settings.max_batch}")
    door = parts.door(trace(request))
    room = asyncio.Semaphore(AT_ONCE)

    async def one(raw: Raw) -> dict[str, Any]:
        async with room:
            return await _accepted(parts, raw, door)

    answers = await asyncio.gather(*(one(raw) for raw in batch.tasks))
    accepted = sum("accepted" in answer for answer in answers)
    return said(Batched(accepted, len(answers) - accepted, answers), 202)


@get("/api/tasks/{id:str}", operation_id="getTask", opt=says(TaskView))
async def show(request: Ask, id: FromPath[str]) -> Answer:
    """Where a task stands; a finished one carries its result for as long as results are kept."""
    parts = parts_of(request)
    try:
        return said(await parts.client.get(id))
    except errors.NotFound:
        if (known := await past(parts, id)) is None:
            raise
        return said(known)


@delete("/api/tasks/{id:str}", status_code=200, operation_id="cancelTask", opt=says(TaskView))
async def cancel(request: Ask, id: FromPath[str], reason: FromQuery[str] = "") -> Answer:
    """Cancel a queued, delayed or running task; 409 where it is finished."""
    return said(await parts_of(request).client.cancel(names.token(id), reason[:1000]))


@post("/api/tasks/{id:str}/retry", status_code=202, operation_id="retryTask", opt=says(Accepted))
async def retry(request: Ask, id: FromPath[str]) -> Answer:
    """Run a failed, canceled or rejected task once more, under the same id."""
    accepted = await parts_of(request).client.retry(id)
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


async def _accepted(parts: Parts, raw: Raw, door: Door) -> dict[str, Any]:
    try:
        return {"accepted": await parts.intake.accept(decoded(bytes(raw), _submissions), door)}
    except errors.RevoError as error:
        return {"problem": problems.document(error)}


HANDLERS = [submit, submit_batch, show, cancel, retry]
