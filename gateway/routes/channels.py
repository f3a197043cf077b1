"""GET /api/events: the channels of the sockets, for those who cannot have a socket."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from gateway import sse
from gateway.exchange import Answer, Ask, said
from gateway.fanout.request import Narrow
from gateway.mailbox import Mailbox, resumed
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects.channels import BY_NAME, CHANNELS

Name = Annotated[str | None, QueryParameter(max_length=64)]


@get("/api/events", operation_id="followChannels", opt=says(None, media="text/event-stream"))
async def follow(  # noqa: PLR0913, PLR0917 - one for each filter of the query
    request: Ask,
    channel: FromQuery[list[str]],
    since: Annotated[str | None, QueryParameter(max_length=40)] = None,
    queue: Name = None,
    function: Name = None,
    id: Name = None,
    agent: Name = None,
    kind: Name = None,
    host: Name = None,
) -> Stream:
    """The frames of one or more channels, narrowed as a socket's. `Last-Event-ID` goes on where it was."""
    parts = parts_of(request)
    if len(channel) > len(BY_NAME):
        raise errors.InvalidRequest(f"{len(channel)} channels; there are {len(BY_NAME)}")
    given = {"queue": queue, "function": function, "id": id, "agent": agent, "kind": kind, "host": host}
    filters = {name: value for name, value in given.items() if value is not None}
    last = request.headers.get("last-event-id")
    wanted = [
        msgspec.structs.replace(each, filters=filters)
        for each in resumed(list(dict.fromkeys(channel)), since, last)
    ]
    for each in wanted:
        # Once the stream has begun, nobody can be told any more.
        for row in each.channels():
            Narrow(row, filters)
    if len(parts.fanout.listeners) >= parts.settings.max_sockets:
        raise errors.Unavailable(f"{parts.settings.max_sockets} clients are connected here already")
    return sse.stream(parts, Mailbox(parts).frames(wanted))


@get("/api/channels", operation_id="listChannels", opt=says(list[dict[str, str]]))
async def channels(request: Ask) -> Answer:
    """The channels there are."""
    parts_of(request)
    return said([{"name": row.name, "keep": row.keep, "description": row.why} for row in CHANNELS])


HANDLERS = [follow, channels]
