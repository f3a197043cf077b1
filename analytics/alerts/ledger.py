"""How each alert stands: in memory as it stands in the bucket, written where nobody wrote in between."""

from collections.abc import Awaitable, Callable

import structlog
from msgspec import Struct

from analytics.alerts.machine import Case, Moment, Reading, stepped
from subjects import codec, errors, streams
from subjects.alerts import KIND, Alert, Rule
from subjects.bus import Bus, Records
from subjects.bus.connection import Exists
from subjects.client import alerts as wire
from subjects.kv import Bucket, Entry

log = structlog.get_logger()

Notify = Callable[[Alert], Awaitable[object]]
AGED = 0.9 * 86_400
"""Seconds after which it can no longer be seen whether a change was told."""


class Track(Struct):
    """One rule and set of labels. `labels` are those of the reading, without the rule's own."""

    rule: str
    labels: dict[str, str]
    alert: Alert | None = None
    revision: int = 0
    pending: float | None = None
    value: float | None = None

    @property
    def ringing(self) -> bool:
        """Whether its alert has begun and not ended."""
        return self.alert is not None and self.alert.state != "resolved"

    @property
    def matters(self) -> bool:
        """Whether anything would be lost by forgetting it."""
        return self.pending is not None or self.ringing or self.held_back

    @property
    def held_back(self) -> bool:
        """Whether somebody ended it by hand and it has not been well since."""
        return self.alert is not None and self.alert.state == "resolved" and bool(self.alert.resolved_by)


class Ledger:
    """All tracks by key. What could not be told is told later."""

    def __init__(self, bus: Bus, notify: Notify) -> None:
        self.tracks: dict[str, Track] = {}
        self._bus = bus
        self._bucket = Bucket(bus, wire.ALERTS, Alert)
        self._notify = notify
        self._untold: dict[tuple[str, int], Alert] = {}
        self._changed: set[str] = set()

    async def load(self) -> None:
        """Take over what stands in the bucket; what a crash kept from being told is told now."""
        entries = await wire.listed(self._bus, wire.ALERTS, Alert)
        await self._catch_up(entries)
        found = {}
        for entry in entries:
            assert entry.value is not None
            before = self.tracks.get(entry.key) or Track(entry.value.rule, dict(entry.value.labels))
            before.alert, before.revision = entry.value, entry.revision
            if before.matters:
                found[entry.key] = before
        self.tracks = found

    def heard(self, key: str) -> None:
        """Somebody wrote this key; it is read again before it is judged."""
        self._changed.add(key)

    async def refresh(self) -> None:
        """Read what others wrote, and tell what could not be told."""
        while self._changed:
            key = self._changed.pop()
            try:
                await self._look(key)
            except errors.RevoError:
                self._changed.add(key)
                raise
        for (_, revision), alert in list(self._untold.items()):
            await self._tell(alert, revision)

    async def _look(self, key: str) -> None:
        known = self.tracks.get(key)
        track = known or Track("", {})
        await self._reload(key, track)
        if known is None and track.alert is not None and track.matters:
            track.rule, track.labels = track.alert.rule, dict(track.alert.labels)
            self.tracks[key] = track

    async def judge(self, rule: Rule, reading: Reading, now: Moment, *, silenced: bool) -> None:
        """Bring one track to its next state."""
        key = wire.key(rule.name, reading.labels)
        track = self.tracks.setdefault(key, Track(rule.name, reading.labels))
        track.value, track.labels = reading.value, reading.labels
        step = stepped(Case(rule, key, track.alert, track.pending, silenced), reading, now)
        track.pending = step.pending
        try:
            if step.forget:
                await self.write(key, track, None)
            elif step.change is not None:
                await self.write(key, track, step.change)
        finally:
            if not track.matters:
                self.tracks.pop(key, None)

    async def write(self, key: str, track: Track, alert: Alert | None) -> None:
        """Let an alert stand like this, and tell of it; where somebody else was first, theirs holds."""
        ttl = 0 if alert is not None and alert.state != "resolved" else wire.REMEMBERED
        for _ in range(2):
            try:
                revision = await self._bucket.write(key, alert, track.revision, ttl)
            except Exists:
                await self._reload(key, track)
                if track.ringing or track.held_back or alert is None or alert.state == "resolved":
                    # It rings already, or has ended already: said once more it would be told twice.
                    return
                continue
            track.alert, track.revision = alert, revision
            if alert is not None:
                await self._told(alert, revision)
            return

    async def _told(self, alert: Alert, revision: int) -> None:
        log.info(
            "alert", rule=alert.rule, labels=alert.labels, state=alert.state, severity=alert.severity,
            value=alert.value,
        )  # fmt: skip
        self._untold[alert.id, revision] = alert
        await self._tell(alert, revision)

    async def _tell(self, alert: Alert, revision: int) -> None:
        await wire.tell(self._bus, alert, revision)
        try:
            await self._notify(alert)
        except errors.RevoError as error:
            # Other alerts do not wait until somebody can be notified of this one.
            log.warning("notification delayed", alert=alert.id, error=error.message)
            return
        self._untold.pop((alert.id, revision), None)

    async def _reload(self, key: str, track: Track) -> None:
        entry = await wire.entry(self._bus, key)
        track.alert, track.revision = (None, 0) if entry is None else (entry.value, entry.revision)

    async def _catch_up(self, entries: list[Entry[Alert]]) -> None:
        told = set()
        async for record in Records(self._bus, streams.STREAM_METRICS).scan(f"metric.*.{KIND}"):
            told.add(record.headers.get(codec.MSG_ID))
        now = codec.now()
        for entry in entries:
            alert = entry.value
            assert alert is not None
            if (now - alert.updated_at).total_seconds() < AGED and f"{alert.id}-{entry.revision}" not in told:
                self._untold[alert.id, entry.revision] = alert
