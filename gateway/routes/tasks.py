"""/api/tasks: submit, look, wait, cancel, try again."""

import msgspec
from litestar import delete, get, post

from gateway.exchange import Answer, Ask, body, given, said, seconds, trace
from gateway.intake import keyed
from gateway.parts import parts_of
from subjects import errors, names, streams
from subjects.bus import Records
from subjects.client.submit import Door
from subjects.messages import Submission

_submissions = msgspec.json.Decoder(Submission)


@post("/api/tasks", status_code=202, operation_id="submitTask")
async def submit(request: Ask) -> Answer:
    """Put a task into the queue. On disk when this is answered; the same id is the same task."""
    parts = parts_of(request)
    submission = keyed(await body(request, _submissions), request.headers.get("idempotency-key"))
    accepted = await parts.intake.accept(submission, Door("http", trace(request)))
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


@get("/api/tasks/{id:str}", operation_id="getTask")
async def show(request: Ask, id: str) -> Answer:
    """Where a task stands; a finished one carries its result."""
    return said(await parts_of(request).client.get(id))


HANDLERS = [submit, show]
