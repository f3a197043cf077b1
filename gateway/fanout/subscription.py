"""One listener on one channel: live while it keeps up, read from ring or stream while it does not."""

import asyncio

import structlog

from gateway.fanout.feed import PAGE, Feed, item_of
from gateway.fanout.frames import Frames
from gateway.fanout.listener import Listener
from gateway.fanout.request import Narrow
from gateway.fanout.ring import Item
from subjects import errors
from subjects.channels import Channel, matches

log = structlog.get_logger()

LATEST_BACK = 500
"""How far a resumed channel of measurements looks back: older ones have been replaced by newer ones."""


class Subscription:
    """`last` is the last sequence that was sent, `seen` the last one that was considered.

    A slow listener of a `latest` channel gets the newest message of each subject when it reads again. One of
    an `all` channel falls behind: it gets everything from the ring or the stream at its own pace, and a `gap`
    frame for what is too far back or gone.
    """

    def __init__(self, listener: Listener, channel: Channel, feed: Feed, narrow: Narrow) -> None:
        self.channel = channel
        self.narrow = narrow
        self.last = self.seen = feed.last
        self._picky = narrow.picky
        self._listener = listener
        self._feed = feed
        self._behind: asyncio.Task[None] | None = None
        self._held: dict[str, Item] = {}

    @property
    def epoch(self) -> str:
        """The stream that its sequences count in."""
        return self._feed.epoch

    def begin(self, since: int | None, epoch: str | None) -> None:
        """Go on after `since`, or with the next message."""
        if epoch is not None and epoch != self._feed.epoch:
            self.renewed()
            return
        if since is None or since > self._feed.last:
            return
        self.last = self.seen = since
        if self.channel.keep == "latest":
            self.seen = max(since, self._feed.last - LATEST_BACK)
        if self.seen < self._feed.last:
            self._fall_behind()

    def end(self) -> None:
        """Send nothing any more."""
        if self._behind is not None:
            self._behind.cancel()
            self._behind = None
        self._held.clear()

    def offer(self, item: Item, frames: Frames) -> None:
        """A live message, in order. This is the hot path: thousands of listeners for each message."""
        if self._behind is not None or (self._picky and not self.narrow.takes(item)):
            return
        listener = self._listener
        if not listener.wire.paused:
            # Before the frame goes: an event stream writes its place beside it.
            prev, self.last = self.last, item.sequence
            listener.wire.send(frames.after(prev))
            listener.sent(self.channel.name)
        elif self.channel.keep == "latest":
            self._hold(item)
        else:
            self.seen = item.sequence - 1
            self._fall_behind()

    def drained(self) -> None:
        """The listener reads again: send what was held back."""
        for item in sorted(self._held.values()):
            self._send(item)
        self._held.clear()

    def renewed(self) -> None:
        """The stream was made anew: old sequences mean nothing, so the listener goes on from its head."""
        self.end()
        self.last = self.seen = self._feed.last
        self._gap(1, self.last, "epoch")

    def _hold(self, item: Item) -> None:
        self._held.pop(item.subject, None)
        self._held[item.subject] = item
        while len(self._held) > LATEST_BACK:
            self._held.pop(next(iter(self._held)))

    def _fall_behind(self) -> None:
        self._behind = self._listener.spawn(self._catch_up())

    async def _catch_up(self) -> None:
        trimmed = False
        while True:
            try:
                await self._listener.writable.wait()
                items = self._feed.ring.after(self.seen, PAGE)
                if items is None:
                    if not trimmed:
                        await self._skip_what_is_gone()
                        trimmed = True
                    await self._read_on()
                elif self._send_all(items) and len(items) < PAGE:
                    # No await since the ring was read: the next message comes to `offer`.
                    self.seen = self._feed.last
                    self._behind = None
                    return
            except errors.RevoError as error:
                log.info("catching up has to wait", channel=self.channel.name, error=error.message)
                await asyncio.sleep(0.5)
            await asyncio.sleep(0)

    async def _skip_what_is_gone(self) -> None:
        info = await self._feed.records.info()
        first = int(info["state"]["first_seq"])
        if 0 < self.seen < first - 1:
            self._gap(self.seen + 1, first - 1, "trimmed")

    async def _read_on(self) -> None:
        head, epoch = self._feed.last, self._feed.epoch
        if head - self.seen > self._listener.settings.replay:
            self._gap(self.seen + 1, head - self._listener.settings.replay, "slow")
        records = await self._feed.records.range(self.narrow.subject, self.seen + 1, PAGE)
        if (
            epoch == self._feed.epoch
            and self._send_all([item_of(record) for record in records])
            and not records
        ):
            self.seen = max(self.seen, head)

    def _send_all(self, items: list[Item]) -> bool:
        """Whether all of them could be sent."""
        for item in items:
            if self._listener.wire.paused:
                return False
            if self._takes(item):
                self._send(item)
            self.seen = item.sequence
        return True

    def _takes(self, item: Item) -> bool:
        return matches(self.channel.filter, item.subject) and self.narrow.takes(item)

    def _send(self, item: Item) -> None:
        prev, self.last = self.last, item.sequence
        self._listener.wire.send(Frames(self.channel.name, item, self._feed.epoch).after(prev))
        self._listener.sent(self.channel.name)

    def _gap(self, start: int, end: int, reason: str) -> None:
        self.last = self.seen = end
        told = {"from": start, "to": end, "epoch": self.epoch, "reason": reason}
        self._listener.gap(self.channel.name, told)
