"""A listener over Server-Sent Events: the same frames as over a socket, each with the place to go on from."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator

from gateway import sse
from gateway.fanout import Listener, Wanted
from gateway.fanout.fanout import Begun
from gateway.parts import Parts
from subjects import errors

FULL = 256
"""Frames that wait for a client before it counts as slow."""
_EVENT = b'{"type":"event"'


class Mailbox:
    """The wire of one event stream."""

    def __init__(self, parts: Parts) -> None:
        self.paused = False
        self.listener = Listener(self, parts.settings, parts.counters)
        self._parts = parts
        self._waiting: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def send(self, data: bytes) -> None:
        """Put a frame into the box, with the place of every channel after it."""
        if data.startswith(_EVENT):
            self._waiting.append(sse.event(data, id=self._place()))
        else:
            name = "gap" if data.startswith(b'{"type":"gap"') else "subscribed"
            self._waiting.append(sse.event(data, name, self._place()))
        self._arrived.set()
        if len(self._waiting) >= FULL and not self.paused:
            self.paused = True
            self.listener.paused()

    def close(self, code: int, reason: str) -> None:  # noqa: ARG002 - a stream has no close codes
        """End the stream after what is in the box."""
        self._closed = True
        self._arrived.set()

    async def frames(self, wanted: list[Wanted]) -> AsyncGenerator[bytes, None]:
        """Everything that comes, for as long as it is read."""
        self._parts.fanout.join(self.listener)
        try:
            for each in wanted:
                await self._parts.fanout.subscribe(self.listener, each, self._begun)
            while True:
                while self._waiting:
                    yield self._waiting.popleft()
                    if self.paused and len(self._waiting) < FULL // 4:
                        self.paused = False
                        self.listener.drained()
                if self._closed:
                    return
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._parts.fanout.leave(self.listener)

    def _begun(self, begun: Begun) -> None:
        self.listener.tell({"type": "subscribed", **begun._asdict()})

    def _place(self) -> str:
        own = self.listener.subscriptions.values()
        return ",".join(f"{one.channel.name}:{one.last}:{one.epoch}" for one in own)


def resumed(channels: list[str], since: str | None, last: str | None) -> list[Wanted]:
    """What to subscribe to, from the query and the `Last-Event-ID` of a client that comes back.

    >>> resumed(["task_progress"], None, "task_progress:12:e1")
    [Wanted(channel='task_progress', pattern=None, since=12, epoch='e1', filters={})]
    """
    places: dict[str, tuple[int, str | None]] = {}
    for part in (last or "").split(","):
        name, _, rest = part.partition(":")
        number, _, epoch = rest.partition(":")
        with contextlib.suppress(ValueError):
            places[name] = (int(number), epoch or None)
    plain = _number(since)
    wanted = []
    for channel in channels:
        seen, stream = places.get(channel, (plain, None))
        one = Wanted(channel=channel, since=seen, epoch=stream)
        one.channels()
        one.since_of(channel)
        wanted.append(one)
    return wanted


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 19:
        raise errors.InvalidRequest(f"since: {text[:40]!r} is no sequence")
    return int(text)
