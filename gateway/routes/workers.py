"""/api/workers: every worker as it is now, drain and resume, and the recovery from lost ones."""

from litestar import get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects.client import fleet, recoveries
from subjects.client.fleet import Member
from subjects.client.recoveries import Recovery
from subjects.fleet import Draining, Killed, Resumed
from subjects.messages import WorkerInfo


class Fleet(Struct, frozen=True):
    """All workers, and the places of drained ones. `faults`: a worker can be killed here."""

    members: list[Member]
    faults: bool


@get("/api/workers", operation_id="listWorkers", opt=says(list[WorkerInfo]))
async def workers(request: Ask) -> Answer:
    """The workers that are alive, with what they hold."""
    return said([info for _, info in sorted((await parts_of(request).catalog.workers.get()).items())])


@get("/api/fleet", operation_id="getFleet", opt=says(Fleet))
async def whole(request: Ask) -> Answer:
    """Every worker with its state, place and figures, and the places that were left empty on purpose."""
    parts = parts_of(request)
    return said(Fleet(await parts.fleet.get(), parts.settings.faults))


@get("/api/workers/lost", operation_id="listRecoveries", opt=says(list[Recovery]))
async def lost(request: Ask, limit: FromQuery[int] = 20, worker: FromQuery[str | None] = None) -> Answer:
    """Workers that were lost within a day: who took over, who ran their tasks, and who followed them.

    With `worker` only that one, or none: it may have died this moment, and nobody has told of it yet.
    """
    if not 1 <= limit <= 200:
        raise errors.InvalidRequest("limit is 1 to 200")
    return said(await recoveries.recoveries(parts_of(request).bus, limit, worker))


@get("/api/workers/{id:str}", operation_id="getWorker", opt=says(Member))
async def worker(request: Ask, id: FromPath[str]) -> Answer:
    """One worker as it is now."""
    return said(await fleet.member(parts_of(request).bus, id))


@get("/api/workers/{id:str}/recovery", operation_id="getRecovery", opt=says(Recovery))
async def recovery(request: Ask, id: FromPath[str]) -> Answer:
    """What became of a lost worker, its tasks and its place, so far."""
    return said(await recoveries.recovery(parts_of(request).bus, id))


@post("/api/workers/{id:str}/drain", status_code=202, operation_id="drainWorker", opt=says(Draining))
async def drain(request: Ask, id: FromPath[str]) -> Answer:
    """Let a worker end what it runs, take nothing more, and go. Its place stays empty until it is resumed."""
    return said(await fleet.drain(parts_of(request).bus, id), 202)


@post("/api/workers/{id:str}/resume", status_code=202, operation_id="resumeWorker", opt=says(Resumed))
async def resume(request: Ask, id: FromPath[str]) -> Answer:
    """Start a new worker in the place that this one was drained from."""
    return said(await fleet.resume(parts_of(request).bus, id), 202)


@post("/api/workers/{id:str}/kill", status_code=200, operation_id="killWorker", opt=says(Killed))
async def kill(request: Ask, id: FromPath[str]) -> Answer:
    """SIGKILL for a worker process of this machine's `revo up`, in development only: see its recovery."""
    parts = parts_of(request)
    if not parts.settings.faults:
        raise errors.Forbidden(
            "this gateway kills no workers: only `revo up` on its own machine does, unless REVOAGENT_FAULTS "
            "is false"
        )
    return said(await fleet.kill(parts.bus, id))


HANDLERS = [workers, whole, lost, worker, recovery, drain, resume, kill]
