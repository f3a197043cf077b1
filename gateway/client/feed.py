"""One channel on one connection: where it is, who listens, and what of it each of them has."""

import asyncio
from collections import deque
from typing import NamedTuple

import msgspec
from msgspec import Raw

from gateway.client.frames import Gap, Outgoing, Subscribed, Told, written
from subjects import errors


class Place(NamedTuple):
    """Where to go on: behind this sequence, of this stream where it is known."""

    since: int
    epoch: str | None = None


class Listener:
    """One loop: what waits for it, and the last place that was put there of each channel."""

    def __init__(self, most: int) -> None:
        self.waiting: deque[Told | Gap] = deque()
        self.arrived = asyncio.Event()
        self.places: dict[str, int] = {}
        self.behind = False
        """It has no room: its channels go on at its places once it has."""
        self.over = asyncio.Event()
        """Nothing comes after what waits."""
        self.error: errors.RevoError | None = None
        self._most = most

    def put(self, told: Told) -> None:
        """Hand an event on, or fall behind."""
        if len(self.waiting) >= self._most:
            self.behind = True
        elif not self.behind:
            self.places[told.channel] = told.seq
            self.waiting.append(told)
            self.arrived.set()

    def skip(self, gap: Gap) -> None:
        """What the gap names will not come."""
        self.places[gap.channel] = gap.to
        self.waiting.append(gap)
        self.arrived.set()

    def end(self, error: errors.RevoError | None = None) -> None:
        """Nothing comes after what waits; the first end counts."""
        if not self.over.is_set():
            self.error = error
            self.over.set()
            self.arrived.set()

    async def next(self) -> Told | Gap:
        """The first that waits, or comes; StopAsyncIteration or the error at the end."""
        while not self.waiting:
            if self.over.is_set():
                raise self.error or StopAsyncIteration
            self.arrived.clear()
            await self.arrived.wait()
        return self.waiting.popleft()

    def caught_up(self) -> bool:
        """Whether it was behind, and has room again."""
        if self.behind and len(self.waiting) <= self._most // 2:
            self.behind = False
            return True
        return False


class Feed:
    """What is heard of it; the connection asks `frames` what to say whenever it may say something."""

    def __init__(self, channel: str, filters: dict[str, str]) -> None:
        self.channel = channel
        self.listeners: dict[Listener, None] = {}
        self.last: int | None = None
        """The last sequence that came on the subscription that stands."""
        self.epoch: str | None = None
        self.stands = asyncio.Event()
        self._filters = filters
        self._asked = False
        self._told = False
        """The gateway may know of a subscription on this connection."""

    def add(self, listener: Listener, place: Place | None) -> None:
        """Let somebody listen from a place, or from now on."""
        self.listeners[listener] = None
        if place is None:
            # While there is no connection, now is where this channel was lost.
            if self.last is not None:
                listener.places[self.channel] = self.last
            return
        if self.epoch is None:
            self.epoch = place.epoch
        elif place.epoch not in (None, self.epoch):
            now = self.last or 0
            listener.skip(Gap(self.channel, now, self.epoch, "epoch"))
            return
        listener.places[self.channel] = place.since
        if self.last is not None and place.since < self.last:
            self.rewind()

    def remove(self, listener: Listener) -> None:
        """Forget somebody."""
        self.listeners.pop(listener, None)

    def rewind(self) -> None:
        """Ask anew, from the lowest place that somebody wants."""
        self._asked = False
        self.stands.clear()

    def lost(self) -> None:
        """A new connection knows nothing of what was asked for on the one before it."""
        self.rewind()
        self._told = False

    def frames(self) -> list[Outgoing]:
        """What the gateway is to be told now."""
        active = self._active()
        if active and not self._asked:
            self._asked = self._told = True
            return [Outgoing("subscribe", f"s:{self.channel}", self._wanted(active))]
        if not active and self._told:
            self.lost()
            return [Outgoing("unsubscribe", None, Raw(written({"channel": self.channel})))]
        return []

    def begun(self, answer: Subscribed) -> None:
        """The gateway began it. A stream that was made anew counts from the start: it goes on from there."""
        if not self._asked:
            return
        if self.epoch is not None and answer.epoch != self.epoch:
            self._renewed(answer.seq, answer.epoch)
        self.epoch, self.last = answer.epoch, answer.seq
        for listener in self.listeners:
            listener.places.setdefault(self.channel, answer.seq)
        self.stands.set()
        if any(one.places[self.channel] < answer.seq for one in self._active()):
            self.rewind()

    def take(self, told: Told) -> bool:
        """Hand an event on; True where the gateway is to be told something because of it."""
        if not self.stands.is_set() or self.last is None:
            # Of a subscription that was replaced.
            return False
        if told.epoch != self.epoch:
            self._renewed(told.prev, told.epoch)
        if told.seq <= self.last:
            return False
        if told.prev > self.last:
            self.rewind()
            return True
        self.last = told.seq
        fell = False
        for listener in self.listeners:
            if told.seq > listener.places.get(self.channel, 0):
                listener.put(told)
                fell = fell or listener.behind
        return fell

    def skip(self, gap: Gap) -> None:
        """History is gone. A renewed stream is told twice: by the answer to a subscription, and as a gap."""
        if gap.epoch == self.epoch and self.last is not None and gap.to <= self.last:
            return
        anew = gap.epoch != self.epoch
        self.last, self.epoch = gap.to, gap.epoch
        for listener in self.listeners:
            place = listener.places.get(self.channel)
            if place is not None and (anew or place < gap.to):
                listener.skip(gap)

    def end(self, error: errors.RevoError | None = None) -> None:
        """Nothing comes any more."""
        for listener in self.listeners:
            listener.end(error)

    def _renewed(self, seq: int, epoch: str) -> None:
        self.skip(Gap(self.channel, seq, epoch, "epoch"))

    def _active(self) -> list[Listener]:
        return [listener for listener in self.listeners if not listener.behind]

    def _wanted(self, active: list[Listener]) -> Raw:
        places = [one.places.get(self.channel) for one in active]
        known = [place for place in places if place is not None]
        # Where somebody listens from now on, the answer says when now is; the others go on from there.
        since = min(known) if len(known) == len(places) else msgspec.UNSET
        return Raw(written(_Wanted(self.channel, since, self.epoch or msgspec.UNSET, self._filters)))


class _Wanted(msgspec.Struct, omit_defaults=True):
    channel: str
    since: int | msgspec.UnsetType = msgspec.UNSET
    epoch: str | msgspec.UnsetType = msgspec.UNSET
    filters: dict[str, str] = {}
