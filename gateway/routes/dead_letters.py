"""/api/dead-letters: tasks that failed for good."""

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors, names
from subjects.messages import Accepted, DeadLetter


@get("/api/dead-letters", operation_id="listDeadLetters", opt=says(list[DeadLetter]))
async def listed(
    request: Ask, queue: FromQuery[str | None] = None, function: FromQuery[str | None] = None
) -> Answer:
    """The tasks that failed for good, oldest first."""
    wanted = ["*" if one is None else names.token(one) for one in (queue, function)]
    return said(await parts_of(request).client.dead_letters(*wanted))


@post(
    "/api/dead-letters/{id:str}/requeue",
    status_code=202,
    operation_id="requeueDeadLetter",
    opt=says(Accepted),
)
async def requeue(request: Ask, id: FromPath[str]) -> Answer:
    """Run it once more, under the same id; the dead letter is gone when that is on disk."""
    accepted = await parts_of(request).client.retry(id)
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


@delete("/api/dead-letters/{id:str}", operation_id="dropDeadLetter", opt=says(None))
async def drop(request: Ask, id: FromPath[str]) -> None:
    """Forget it."""
    if not await parts_of(request).client.drop(id):
        raise errors.NotFound(f"no dead letter {id!r}")


HANDLERS = [listed, requeue, drop]
