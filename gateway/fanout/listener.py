"""Somebody who listens, whatever carries the frames."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from gateway.counters import Counters
from gateway.settings import GatewaySettings
from subjects import codec

if TYPE_CHECKING:
    from gateway.fanout.subscription import Subscription


class Wire(Protocol):
    """What carries frames to one client: a socket or an event stream."""

    paused: bool
    """Its buffer is full: what is sent now would pile up."""

    def send(self, data: bytes) -> None:
        """Send one JSON frame; never blocks, never fails."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; closing twice is fine."""
        ...


class Listener:
    """One client's subscriptions and their tasks. Not bound to WebSocket: event streams use it too."""

    def __init__(self, wire: Wire, settings: GatewaySettings, counters: Counters) -> None:
        self.wire = wire
        self.settings = settings
        self.counters = counters
        self.writable = asyncio.Event()
        self.writable.set()
        self.paused_at: float | None = None
        self.subscriptions: dict[tuple[str, frozenset[tuple[str, str]]], Subscription] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something for as long as the listener is there."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def sent(self, channel: str) -> None:
        """Count a frame."""
        self.counters.frames[channel] += 1

    def gap(self, channel: str, members: dict[str, Any]) -> None:
        """Tell that messages were skipped."""
        self.counters.gaps[channel, members["reason"]] += 1
        self.tell({"type": "gap", "channel": channel, **members})

    def tell(self, frame: Any) -> None:
        """Send a frame that is no event."""
        self.wire.send(codec.encode(frame))

    def paused(self) -> None:
        """The wire took its last frame for now."""
        self.paused_at = asyncio.get_running_loop().time()
        self.writable.clear()

    def drained(self) -> None:
        """The wire takes frames again."""
        self.paused_at = None
        self.writable.set()
        for subscription in list(self.subscriptions.values()):
            subscription.drained()

    def end(self) -> None:
        """Stop everything; ending twice is fine."""
        for subscription in self.subscriptions.values():
            subscription.end()
        self.subscriptions.clear()
        for task in self._tasks:
            task.cancel()
