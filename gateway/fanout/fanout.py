"""Who listens to what in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import NamedTuple

import structlog

from gateway.counters import Counters
from gateway.fanout.feed import Feed, Sinks
from gateway.fanout.frames import Frames
from gateway.fanout.listener import Listener
from gateway.fanout.request import PLACES, Narrow, Wanted
from gateway.fanout.ring import Item, Ring
from gateway.fanout.subscription import Subscription
from gateway.settings import GatewaySettings
from subjects import errors
from subjects.bus import Bus
from subjects.channels import CHANNELS, Channel, matches

log = structlog.get_logger()

LINGER = 30.0
"""Seconds that a feed goes on after its last listener left: who reconnects finds a warm ring."""


class Begun(NamedTuple):
    """A subscription that stands: it goes on after `seq` of `epoch`."""

    channel: str
    seq: int
    epoch: str


Key = tuple[str, frozenset[tuple[str, str]]]


class _Crowd(NamedTuple):
    everyone: dict[Subscription, None]
    by_id: dict[str, dict[Subscription, None]]


class Fanout:
    """Opens a feed for the first listener of its stream, and closes it when nobody has listened for long."""

    def __init__(self, bus: Bus, settings: GatewaySettings, counters: Counters) -> None:
        self.listeners: set[Listener] = set()
        self._bus = bus
        self._settings = settings
        self._counters = counters
        self._feeds: dict[str, Feed] = {}
        self._opening = asyncio.Lock()
        self._crowds = {channel.name: _Crowd({}, {}) for channel in CHANNELS}
        self._rows: dict[str, list[Channel]] = {}
        for channel in CHANNELS:
            self._rows.setdefault(channel.stream, []).append(channel)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Fanout"]:
        """Works for as long as the context is open."""
        keeper = asyncio.create_task(self._keep(), name="fanout")
        try:
            yield self
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            for feed in self._feeds.values():
                await feed.close()
            self._feeds.clear()

    def join(self, listener: Listener) -> None:
        """Let somebody listen; Unavailable where there are too many already."""
        if len(self.listeners) >= self._settings.max_sockets:
            raise errors.Unavailable(f"{self._settings.max_sockets} clients are connected here already")
        self.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Forget a listener and all it listened to; leaving twice is fine."""
        self.listeners.discard(listener)
        for key in list(listener.subscriptions):
            self._remove(listener, key)
        listener.end()

    async def subscribe(self, listener: Listener, wanted: Wanted, answer: Callable[[Begun], None]) -> None:
        """Send what is wanted from now on. `answer` is called for each channel, before its first event.

        The same channel with the same filters once more replaces the former: that is how a client rewinds.
        """
        for channel in wanted.channels():
            narrow = Narrow(channel, wanted.filters)
            since, epoch = wanted.since_of(channel.name), wanted.epoch_of(channel.name)
            feed = await self._feed(channel.stream)
            if listener not in self.listeners:
                return
            key = (channel.name, frozenset(wanted.filters.items()))
            self._remove(listener, key)
            if len(listener.subscriptions) >= self._settings.max_subscriptions:
                raise errors.Overloaded(
                    f"one client has at most {self._settings.max_subscriptions} subscriptions"
                )
            # No await from here on: nothing may come between the answer and the first event.
            subscription = Subscription(listener, channel, feed, narrow)
            known = epoch is None or epoch == feed.epoch
            seq = since if since is not None and since <= feed.last and known else feed.last
            answer(Begun(channel.name, seq, feed.epoch))
            subscription.begin(since, epoch)
            self._add(listener, key, subscription)

    def unsubscribe(self, listener: Listener, wanted: Wanted) -> list[str]:
        """The channels that are no longer listened to; all filters of a channel where none are given."""
        gone = []
        names = {channel.name for channel in wanted.channels()}
        for key in list(listener.subscriptions):
            name, filters = key
            if name in names and (not wanted.filters or filters == frozenset(wanted.filters.items())):
                self._remove(listener, key)
                gone.append(name)
        return gone

    def gauges(self) -> dict[str, int]:
        """How many clients listen, and to how many subscriptions."""
        return {
            "clients": len(self.listeners),
            "subscriptions": sum(len(own.subscriptions) for own in self.listeners),
        }

    def _add(self, listener: Listener, key: Key, subscription: Subscription) -> None:
        listener.subscriptions[key] = subscription
        crowd, id = self._crowds[key[0]], subscription.narrow.id
        if id is None:
            crowd.everyone[subscription] = None
        else:
            crowd.by_id.setdefault(id, {})[subscription] = None

    def _remove(self, listener: Listener, key: Key) -> None:
        subscription = listener.subscriptions.pop(key, None)
        if subscription is None:
            return
        subscription.end()
        crowd, id = self._crowds[key[0]], subscription.narrow.id
        if id is None:
            crowd.everyone.pop(subscription, None)
        elif id in crowd.by_id:
            crowd.by_id[id].pop(subscription, None)
            if not crowd.by_id[id]:
                del crowd.by_id[id]

    def _deliver(self, stream: str, item: Item) -> None:
        epoch = self._feeds[stream].epoch
        for channel in self._rows[stream]:
            crowd = self._crowds[channel.name]
            if not (crowd.everyone or crowd.by_id) or not matches(channel.filter, item.subject):
                continue
            frames = Frames(channel.name, item, epoch)
            for subscription in list(crowd.everyone):
                subscription.offer(item, frames)
            if crowd.by_id:
                parts = item.subject.split(".")
                id = parts[PLACES[parts[0]]["id"]]
                for subscription in list(crowd.by_id.get(id, ())):
                    subscription.offer(item, frames)

    def _renewed(self, stream: str) -> None:
        for subscription in self._subscriptions(stream):
            subscription.renewed()

    def _subscriptions(self, stream: str) -> list[Subscription]:
        found: list[Subscription] = []
        for channel in self._rows[stream]:
            crowd = self._crowds[channel.name]
            found += crowd.everyone
            for few in crowd.by_id.values():
                found += few
        return found

    async def _feed(self, stream: str) -> Feed:
        async with self._opening:
            feed = self._feeds.get(stream)
            if feed is None:
                ring = Ring(self._settings.ring, self._settings.ring_bytes)
                feed = Feed(
                    self._bus,
                    stream,
                    ring,
                    Sinks(partial(self._deliver, stream), partial(self._renewed, stream)),
                )
                self._feeds[stream] = feed
                try:
                    await feed.open()
                except BaseException:
                    self._feeds.pop(stream, None)
                    raise
            feed.idle_since = None
            return feed

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.check_every)
            for stream, feed in list(self._feeds.items()):
                await self._look_after(stream, feed)

    async def _look_after(self, stream: str, feed: Feed) -> None:
        now = asyncio.get_running_loop().time()
        if self._subscriptions(stream):
            feed.idle_since = None
        elif feed.idle_since is None:
            feed.idle_since = now
        elif now - feed.idle_since > LINGER:
            async with self._opening:
                if not self._subscriptions(stream):
                    del self._feeds[stream]
                    await feed.close()
            return
        await feed.check()
