"""What is said over one connection while it stands: channels, commands, signs of life."""

import asyncio

from gateway.client.feed import Feed
from gateway.client.frames import Ack, Gap, Incoming, Outgoing, Refusal, Subscribed, Told, error, read
from gateway.client.options import Backoff
from gateway.client.outbox import Outbox
from gateway.client.socket import Gone, Wire
from subjects import errors

SILENT = 1006
BEATS = 8
"""Looks for a sign of life in the time that two heartbeats take."""
REFUSED = Backoff(base=1.0, cap=8.0, floor=0.5)
"""Between two tries of a subscription that the gateway is too busy for."""


class Talk:
    """What there is to talk about, from connection to connection."""

    def __init__(self, most: int) -> None:
        self.feeds: dict[str, Feed] = {}
        self.busy = asyncio.Event()
        """Something may have to be said."""
        self.outbox = Outbox(most, self.busy.set)

    @property
    def wanted(self) -> bool:
        """Whether anybody wants anything."""
        return bool(self.outbox) or any(feed.listeners for feed in self.feeds.values())

    def lost(self) -> None:
        """The connection is gone."""
        for feed in self.feeds.values():
            feed.lost()
        self.outbox.lost()

    def end(self, failed: errors.RevoError | None) -> None:
        """Every loop ends."""
        for feed in self.feeds.values():
            feed.end(failed)

    def refuse(self, id: str, failed: errors.RevoError) -> None:
        """The gateway said no: to a subscription, or to a command."""
        feed = self.feeds.get(id.removeprefix("s:"))
        if feed is None or not id.startswith("s:"):
            self.outbox.refuse(id, failed)
        elif failed.retryable:
            asyncio.get_running_loop().call_later(REFUSED.delay(0), self._again, feed)
        else:
            feed.end(failed)

    def _again(self, feed: Feed) -> None:
        feed.rewind()
        self.busy.set()


class Conversation:
    """One connection after its first frame."""

    def __init__(self, wire: Wire, talk: Talk, heartbeat: float) -> None:
        self._wire = wire
        self._talk = talk
        self._heartbeat = heartbeat
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()

    async def run(self) -> None:
        """Goes on until Gone."""
        self._talk.busy.set()
        tasks = [asyncio.create_task(work) for work in (self._read(), self._write(), self._beat())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            frame = read(await self._wire.receive())
            self._heard = self._loop.time()
            self._hear(frame)

    async def _write(self) -> None:
        talk = self._talk
        while True:
            await talk.busy.wait()
            talk.busy.clear()
            for feed in list(talk.feeds.values()):
                for frame in feed.frames():
                    await self._wire.send(frame)
            for frame in talk.outbox.due():
                await self._wire.send(frame)

    async def _beat(self) -> None:
        # Judged by what comes, as browsers have to, so that all clients are of one mind.
        while (quiet := self._loop.time() - self._heard) <= 2 * self._heartbeat:
            if quiet > self._heartbeat / 2:
                await self._wire.send(Outgoing("ping", "beat"))
            await asyncio.sleep(2 * self._heartbeat / BEATS)
        raise Gone(SILENT, "no sign of life")

    def _hear(self, frame: Incoming) -> None:
        feeds = self._talk.feeds
        match frame:
            case Told(channel=channel):
                if channel in feeds and feeds[channel].take(frame):
                    self._talk.busy.set()
            case Subscribed(channel=channel) if channel in feeds:
                feeds[channel].begun(frame)
                self._talk.busy.set()
            case Gap(channel=channel) if channel in feeds and feeds[channel].stands.is_set():
                feeds[channel].skip(frame)
            case Ack(id=id, payload=payload):
                self._talk.outbox.acknowledge(id, payload)
            case Refusal(id=id, payload=problem):
                self._talk.refuse(str(id), error(problem))
            case _:
                pass
