"""What a listener asks for: channels, narrowed to some of their messages, from some place on."""

import fnmatch
from typing import Any

import msgspec
from msgspec import Struct

from gateway.fanout.ring import Item
from subjects import errors, names
from subjects.channels import BY_NAME, CHANNELS, Channel

TOKENS = {"queue": 1, "function": 2, "id": 3, "kind": 4}
"""Places of a task in the subjects of results and events."""


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
    """Which messages of a channel are wanted. `subject` is the NATS filter that says the same, as far as it can."""

    def __init__(self, channel: Channel, filters: dict[str, str]) -> None:
        self.id = filters.get("id")
        self._rest: dict[str, str] = {}
        self._tokens: list[tuple[int, str]] = []
        self.subject = self._subject(channel, filters)
        self.picky = bool(self._tokens or self._rest)

    def takes(self, item: Item) -> bool:
        """Whether the listener wants this one."""
        if self._tokens:
            parts = item.subject.split(".")
            if any(place >= len(parts) or parts[place] != value for place, value in self._tokens):
                return False
        return not self._rest or self._fits(item.data)

    def _subject(self, channel: Channel, filters: dict[str, str]) -> str:
        if not filters:
            return channel.filter
        parts = channel.filter.split(".")
        metrics = parts[0] == "metric"
        if parts[-1] == ">":
            parts[-1:] = ["*"] * 3
            parts += [">"] if parts[0] == "event" else []
        for key, value in filters.items():
            place = {"host": 1}.get(key) if metrics else TOKENS.get(key)
            if metrics and key == "queue":
                self._rest[key] = names.token(value)
            elif place is None or (place == 4 and parts[0] != "event"):
                raise errors.InvalidRequest(f"{key[:40]!r} is no filter of channel {channel.name}")
            else:
                parts[place] = names.token(value)
                self._tokens.append((place, value))
        return ".".join(parts)

    def _fits(self, data: bytes) -> bool:
        value: Any = msgspec.json.decode(data)
        return isinstance(value, dict) and all(value.get(key) == wanted for key, wanted in self._rest.items())
