"""Hears measurements as they are stored, and keeps what rules look at."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from analytics.alerts.series import Feed
from subjects import codec, errors, names, streams
from subjects.bus import Bus, Message, Records, Subscription
from subjects.messages import Overview, QueueStatus, SystemMetrics

ABSENT = "absent:"
"""Before a kind of measurement: when it was heard last."""
NEWS = 3600.0
"""Seconds of silence after which it is no news at a start that somebody is gone."""

_systems = msgspec.json.Decoder(SystemMetrics)
_statuses = msgspec.json.Decoder(QueueStatus)
_overviews = msgspec.json.Decoder(Overview)


class Live:
    """Fills a feed from `live.metric.>`, as far as somebody wants to know, while `open`."""

    def __init__(self, bus: Bus, feed: Feed) -> None:
        self._bus = bus
        self._feed = feed
        self._kinds: dict[str, Subscription] = {}
        self._takes: dict[str, Callable[[bytes, float], None]] = {
            "system": self._on_system,
            "agent_status": self._on_status,
            "engine_status": self._on_status,
            "overview": self._on_overview,
        }

    async def want(self, absent: Iterable[str]) -> None:
        """Hear the usual kinds, and those whose silence is watched; no others any more."""
        wanted = {*self._takes, *absent}
        for kind in wanted - set(self._kinds):
            self._kinds[kind] = await self._bus.subscribe(
                f"live.{names.metric('x', kind).replace('.x.', '.*.')}", self._take
            )
            if kind not in self._takes or kind == "system":
                await self._seed(kind)
        for kind in set(self._kinds) - wanted:
            await _ended(self._kinds.pop(kind))

    async def close(self) -> None:
        """Hear nothing more."""
        for kind in list(self._kinds):
            await _ended(self._kinds.pop(kind))

    async def _seed(self, kind: str) -> None:
        """Who was heard before this began: their silence counts from then on."""
        now, wall = asyncio.get_running_loop().time(), codec.now()
        for record in await Records(self._bus, streams.STREAM_METRICS).last_of(f"metric.*.{kind}"):
            age = max(0.0, (wall - record.stored_at).total_seconds())
            if age <= NEWS and (kind != "system" or _readable(record.data)):
                self._feed.note(ABSENT + kind, record.subject.split(".")[1], age, now - age)

    async def _take(self, message: Message) -> None:
        _, _, host, kind = message.subject.split(".", 3)
        now = asyncio.get_running_loop().time()
        take = self._takes.get(kind)
        if take is not None:
            try:
                take(message.data, now)
            except errors.RevoError:
                # Who tells nothing that can be read tells nothing.
                return
        self._feed.note(ABSENT + kind, host, 0.0, now)

    def _on_system(self, data: bytes, now: float) -> None:
        told = codec.decode(data, _systems)
        for figure, value in (
            ("cpu", told.cpu_usage),
            ("memory", told.memory_usage),
            ("disk", told.disk_usage),
        ):
            self._feed.note(figure, told.host, value, now)

    def _on_status(self, data: bytes, now: float) -> None:
        told = codec.decode(data, _statuses)
        values: dict[str, Any] = {
            "queue_depth": told.queued,
            "queue_workers": told.workers,
            "queue_success": told.success_rate,
        }
        for figure, value in values.items():
            if value is None:
                self._feed.drop(figure, told.queue)
            else:
                self._feed.note(figure, told.queue, float(value), now)

    def _on_overview(self, data: bytes, now: float) -> None:
        told = codec.decode(data, _overviews)
        self._feed.note("unserved", "", float(told.unserved), now)
        self._feed.note("workers", "", float(told.workers), now)


def _readable(data: bytes) -> bool:
    try:
        codec.decode(data, _systems)
    except errors.RevoError:
        return False
    return True


async def _ended(subscription: Subscription) -> None:
    with contextlib.suppress(Exception):
        await subscription.unsubscribe()
