"""What a listener asks for: channels, narrowed to some of their messages, from some place on."""

import fnmatch

import msgspec
from msgspec import Struct

from gateway.fanout.ring import Item
from subjects import codec, errors, names
from subjects.channels import BY_NAME, CHANNELS, Channel, matches

PLACES = {
    "result": {"queue": 1, "function": 2, "id": 3},
    "event": {"queue": 1, "function": 2, "id": 3, "kind": 4},
    "metric": {"queue": 1, "host": 1},
}
"""Where what can be filtered by stands in a subject."""
AGENT = "agent"
"""The filter that is no place in a subject: the queue of an announced agent, or the payload's `agent`."""


class _Whose(Struct):
    agent: str | None = None


_whose = msgspec.json.Decoder(_Whose)


class Wanted(Struct, frozen=True):
    """The payload of a `subscribe` frame, and the query of an event stream.

    `since` is the last sequence seen: a number, or one for each channel. Without it only news are sent.
    """

    channel: str | None = None
    pattern: str | None = None
    since: int | dict[str, int] | None = None
    epoch: str | dict[str, str] | None = None
    filters: dict[str, str] = {}

    def channels(self) -> list[Channel]:
        """The rows of the table that are meant; UnknownChannel where there is none.

        >>> [channel.name for channel in Wanted(pattern="task_p*").channels()]
        ['task_progress']
        """
        if (self.channel is None) == (self.pattern is None):
            raise errors.InvalidRequest("give `channel` or `pattern`")
        if self.channel is not None:
            if self.channel not in BY_NAME:
                known = ", ".join(BY_NAME)
                raise errors.UnknownChannel(f"{self.channel[:80]!r} is no channel; there are {known}")
            return [BY_NAME[self.channel]]
        found = [row for row in CHANNELS if fnmatch.fnmatchcase(row.name, self.pattern or "")]
        if not found:
            raise errors.UnknownChannel(f"no channel matches {(self.pattern or '')[:80]!r}")
        return found

    def since_of(self, channel: str) -> int | None:
        """Where this channel is to go on."""
        value = self.since.get(channel) if isinstance(self.since, dict) else self.since
        if value is not None and not 0 <= value < 1 << 63:
            raise errors.InvalidRequest(f"since: {value} is no sequence")
        return value

    def epoch_of(self, channel: str) -> str | None:
        """The stream that `since` counts in."""
        return self.epoch.get(channel) if isinstance(self.epoch, dict) else self.epoch


class Narrow:
    """Which messages of a channel are wanted. `subject` is the NATS filter that says the same."""

    def __init__(self, channel: Channel, filters: dict[str, str]) -> None:
        self.id = filters.get("id")
        self._agent = filters.get(AGENT)
        if self._agent is not None:
            names.token(self._agent)
            if channel.filter.partition(".")[0] not in ("result", "event"):
                raise errors.InvalidRequest(f"agent is no filter of {channel.name}")
        self._mark = f'"agent":"{self._agent}"'.encode()
        self.subject = _subject(channel, {key: value for key, value in filters.items() if key != AGENT})
        self.picky = self._agent is not None or self.subject != channel.filter

    def takes(self, item: Item) -> bool:
        """Whether the listener wants this one."""
        if not self.picky:
            return True
        return matches(self.subject, item.subject) and (self._agent is None or self._is_of(item))

    def _is_of(self, item: Item) -> bool:
        if item.subject.split(".", 2)[1] == self._agent:
            return True
        # Few messages are of registered agents: decode those alone that could be.
        if self._mark not in item.data:
            return False
        try:
            return codec.decode(item.data, _whose).agent == self._agent
        except errors.RevoError:
            return False


def _subject(channel: Channel, filters: dict[str, str]) -> str:
    if not filters:
        return channel.filter
    parts = channel.filter.split(".")
    if parts[-1] == ">":
        parts[-1:] = ["*"] * (len(PLACES[parts[0]]))
    for key, value in filters.items():
        place = PLACES[parts[0]].get(key)
        if place is None:
            known = ", ".join((*PLACES[parts[0]], AGENT) if parts[0] != "metric" else PLACES[parts[0]])
            raise errors.InvalidRequest(f"{key[:40]!r} is no filter of {channel.name}: {known} are")
        if parts[place] not in ("*", value):
            raise errors.InvalidRequest(f"{channel.name} tells of {key} {parts[place]} only")
        parts[place] = names.token(value)
    return ".".join(parts)
