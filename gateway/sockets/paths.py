"""Which addresses are sockets, and what they listen to from the start."""

import re
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from gateway.fanout import Wanted
from subjects import errors, names
from subjects.ids import new_id

_PLAIN = re.compile(r"/ws(?:/([^/]+))?/?\Z")
_LOGS = re.compile(r"/ws/agents/([^/]+)/logs\Z")
_ENGINES = "/ws/engines/status"


class Place(Struct, frozen=True):
    """A socket that may be opened: the client's own id for it, and what it is subscribed to at once."""

    connection: str
    wanted: Wanted | None = None


def place(target: str) -> Place:
    """What stands at a path; NotFound where no socket does.

    >>> place("/ws/my-tab").connection
    'my-tab'
    >>> place("/ws/agents/security/logs?since=12").wanted.filters
    {'agent': 'security', 'kind': 'log'}
    """
    address = urlsplit(target)
    if address.path == _ENGINES:
        return Place(new_id(), _wanted("engine_status", {}, address.query))
    if logs := _LOGS.match(address.path):
        return Place(
            new_id(), _wanted("task_events", {"agent": names.token(logs[1]), "kind": "log"}, address.query)
        )
    if plain := _PLAIN.match(address.path):
        return Place(new_id() if plain[1] is None else names.token(plain[1]))
    raise errors.NotFound(f"there is no socket at {address.path[:200]}")


def _wanted(channel: str, filters: dict[str, str], query: str) -> Wanted:
    asked = parse_qs(query)
    since, epoch = asked.get("since", [None])[0], asked.get("epoch", [None])[0]
    if since is not None and not since.isdecimal():
        raise errors.InvalidRequest(f"since: {since[:40]!r} is no sequence")
    return Wanted(channel=channel, since=None if since is None else int(since), epoch=epoch, filters=filters)
