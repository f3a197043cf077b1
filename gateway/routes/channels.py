"""GET /api/events: the channels of the sockets, for those who cannot have a socket."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from gateway import sse
from gateway.exchange import Answer, Ask, said
from gateway.mailbox import Mailbox, resumed
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors
from subjects.channels import BY_NAME, CHANNELS


@get("/api/events", operation_id="followChannels", opt=says(None, media="text/event-stream"))
async def follow(
    request: Ask,
    channel: FromQuery[list[str]],
    since: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Stream:
    """The frames of one or more channels. `Last-Event-ID` goes on where the client was."""
    parts = parts_of(request)
    if len(channel) > len(BY_NAME):
        raise errors.InvalidRequest(f"{len(channel)} channels; there are {len(BY_NAME)}")
    wanted = resumed(list(dict.fromkeys(channel)), since, request.headers.get("last-event-id"))
    if len(parts.fanout.listeners) >= parts.settings.max_sockets:
        raise errors.Unavailable(f"{parts.settings.max_sockets} clients are connected here already")
    return sse.stream(parts, Mailbox(parts).frames(wanted))


@get("/api/channels", operation_id="listChannels", opt=says(list[dict[str, str]]))
async def channels(request: Ask) -> Answer:
    """The channels there are."""
    parts_of(request)
    return said([{"name": row.name, "keep": row.keep, "description": row.why} for row in CHANNELS])


HANDLERS = [follow, channels]
