"""/api/monitoring/notifications: who is told of alerts."""

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath

from gateway.exchange import Answer, Ask, body, revision, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects.client import notifications as wire
from subjects.messages import Accepted
from subjects.notifications import Target

_targets = msgspec.json.Decoder(Target)


@get("/api/monitoring/notifications", operation_id="listNotifications", opt=says(list[Target]))
async def targets(request: Ask) -> Answer:
    """All targets by name. `ETag` is the revision of the list, which changes with each of them."""
    found, number = await wire.targets(parts_of(request).bus)
    return said(found, headers={"ETag": f'"{number}"'})


@get("/api/monitoring/notifications/{name:str}", operation_id="getNotification", opt=says(Target))
async def target(request: Ask, name: FromPath[str]) -> Answer:
    """One target. `ETag` is the revision of the list."""
    found, number = await wire.get(parts_of(request).bus, name)
    return said(found, headers={"ETag": f'"{number}"'})


@put(
    "/api/monitoring/notifications/{name:str}",
    operation_id="putNotification",
    opt=says(Target, takes=Target),
)
async def put_target(request: Ask, name: FromPath[str]) -> Answer:
    """Tell somebody of alerts from now on. With `If-Match`, only where the list is as it was read.

    Secrets are named by their environment variable; one that is given itself is refused.
    """
    given = await body(request, _targets)
    if given.name != name:
        raise errors.InvalidRequest(f"the target is named {given.name!r}, the address says {name[:80]!r}")
    number = await wire.put(parts_of(request).bus, given, revision(request))
    return said(given, headers={"ETag": f'"{number}"'})


@delete(
    "/api/monitoring/notifications/{name:str}",
    status_code=204,
    operation_id="removeNotification",
    opt=says(None),
)
async def remove_target(request: Ask, name: FromPath[str]) -> None:
    """Tell this target nothing any more."""
    await wire.remove(parts_of(request).bus, name, revision(request))


@post(
    "/api/monitoring/notifications/{name:str}/test",
    status_code=202,
    operation_id="testNotification",
    opt=says(Accepted),
)
async def test(request: Ask, name: FromPath[str]) -> Answer:
    """Send a made-up alert to a target; the task tells what came of it."""
    accepted = await wire.test(parts_of(request).bus, name)
    return said(accepted, 202, {"Location": f"/api/tasks/{accepted.id}"})


HANDLERS = [targets, target, put_target, remove_target, test]
