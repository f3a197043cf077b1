"""Watches every rule, for as long as `run` is awaited.

What is told live is judged every second. Whatever takes a question is asked in a lane of its own, one after
the other and the more seldom the longer it takes, so that a slow rule keeps nobody waiting.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog
from msgspec import structs

from analytics.alerts import ruleset, silences
from analytics.alerts.ledger import Ledger, Notify, Track
from analytics.alerts.live import ABSENT, Live
from analytics.alerts.looks import Looks
from analytics.alerts.machine import Case, Moment, Reading, begun, ended
from analytics.alerts.ruleset import Held
from analytics.alerts.series import Feed
from analytics.alerts.sources import SETTLED, Ask, Sources
from analytics.alerts.state import Facts
from analytics.settings import AnalyticsSettings
from analytics.store import Store
from subjects import codec, errors
from subjects.alerts import Alert, Rule, Silence
from subjects.bus import Bus
from subjects.client import alerts as wire
from subjects.kv import Bucket

log = structlog.get_logger()

MOST_LABELS = 200
"""Sets of labels that one rule may watch."""
SHARE = 0.02
"""Part of the time that one rule's question may take."""
AGAIN = 30.0
"""Seconds until rules and silences are read anew though nobody said that they changed."""


class Engine:
    """The rules at work. `notify` hears every change that is told from here."""

    def __init__(
        self, bus: Bus, store: Store, settings: AnalyticsSettings, notify: Notify, ask: Ask | None = None
    ) -> None:
        self.rules: dict[str, Held] = {}
        self.facts: dict[str, Facts] = {}
        self.ledger = Ledger(bus, notify)
        self.feed = Feed()
        self.sources = Sources(self.feed, store, ask)
        self._bus = bus
        self._settings = settings
        self._live = Live(bus, self.feed)
        self._looks = Looks(bus, store, self.feed)
        self._silences: Sequence[Silence] = ()
        self._stale = True
        self._read_at = 0.0
        self._since = 0.0

    async def run(self) -> None:
        """Judge for as long as this is awaited."""
        heard = [
            await Bucket(self._bus, wire.ALERTS, Alert).on_write(self.ledger.heard),
            await Bucket(self._bus, wire.RULES, Rule).on_change(self._on_change),
            await Bucket(self._bus, wire.SILENCES, Silence).on_change(self._on_change),
        ]
        forget = self._bus.on_reconnect(self._begin)
        try:
            await self._begin()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(self._judge_live), name="alerts")
                group.create_task(self._keep(self._ask_next), name="alerts that ask")
        finally:
            forget()
            await self._live.close()
            for subscription in heard:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    async def _begin(self) -> None:
        # After a time without a server nobody has had the chance to tell anything.
        self._since = asyncio.get_running_loop().time()
        self._stale = True
        self._read_at = 0.0

    def _on_change(self) -> None:
        self._stale = True

    async def _keep(self, turn: Callable[[], Awaitable[None]]) -> None:
        told = ""
        while True:
            try:
                await turn()
                told = ""
            except errors.RevoError as error:
                if told != error.message:
                    log.warning("alerts delayed", error=error.message)
                told = error.message
            except Exception as error:
                # Alerts must not end analytics.
                if told != repr(error):
                    log.exception("alerts failed")
                told = repr(error)
            await asyncio.sleep(self._settings.status_every)

    async def _load(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._stale and loop.time() - self._read_at < AGAIN:
            return
        self._stale = False
        try:
            first = not self._read_at
            self.rules = await ruleset.loaded(self._bus, self._settings.alerts)
            self._silences = await wire.silences(self._bus)
            if first:
                await self.ledger.load()
            await self._live.want(
                held.rule.expression for held in self._enabled() if held.rule.kind == "absence"
            )
        except errors.RevoError:
            self._stale = True
            raise
        for gone in self.facts.keys() - self.rules.keys():
            self.feed.drop("rule_error", gone)
            self.feed.drop("rule_dropped", gone)
        self.facts = {name: self.facts.get(name, Facts()) for name in self.rules}
        self.feed.keep = {}
        for held in self._enabled():
            own = held.rule
            self.feed.keep[own.expression] = max(self.feed.keep.get(own.expression, 0.0), own.window)
        self._read_at = loop.time()

    def _enabled(self) -> list[Held]:
        return [held for held in self.rules.values() if held.rule.enabled]

    async def _judge_live(self) -> None:
        await self._load()
        await self.ledger.refresh()
        live = [held.rule for held in self._enabled() if self.sources.is_live(held.rule)]
        await self._looks.look(
            {ABSENT + rule.expression if rule.kind == "absence" else rule.expression for rule in live}
        )
        now = asyncio.get_running_loop().time()
        self._note_itself(now)
        for rule in live:
            await self._judge_alone(rule, now)
        await self._end_orphans()

    async def _judge_alone(self, rule: Rule, now: float) -> None:
        facts = self.facts[rule.name]
        try:
            await self._judge(rule, self.sources.live(rule, now, self._since))
            facts.error = None
        except errors.Unavailable:
            raise
        except Exception as error:
            # One rule must not end all others.
            if facts.error is None:
                log.exception("rule failed", rule=rule.name)
            facts.error = str(error)[:500] or type(error).__name__

    async def _ask_next(self) -> None:
        """Ask one of the rules that are due, the one that has waited longest."""
        loop = asyncio.get_running_loop()
        due = [
            held.rule
            for held in self._enabled()
            if not self.sources.is_live(held.rule) and self.facts[held.rule.name].due <= loop.time()
        ]
        if not due or not self._read_at:
            return
        rule = min(due, key=lambda own: self.facts[own.name].due)
        facts, began = self.facts[rule.name], loop.time()
        try:
            readings = await self.sources.asked(rule)
            facts.error = None
        except Exception as error:
            if not isinstance(error, errors.RevoError):
                log.exception("rule failed", rule=rule.name)
            facts.error, readings = str(error)[:500] or type(error).__name__, None
        took = loop.time() - began
        # The first answer waits for a child and a copy to be made: it says nothing of the next.
        first = facts.took == 0.0
        facts.took, facts.due = took, loop.time() + (rule.every if first else max(rule.every, took / SHARE))
        if readings is not None and self.rules.get(rule.name) is not None:
            await self._judge(rule, readings)

    async def _judge(self, rule: Rule, readings: Sequence[Reading]) -> None:
        facts = self.facts[rule.name]
        now = Moment(asyncio.get_running_loop().time(), codec.now())
        taken = _capped(readings, self.ledger.tracks, rule.name)
        dropped = len(readings) - len(taken)
        if dropped and not facts.dropped:
            log.warning("rule has too many labels", rule=rule.name, dropped=dropped, most=MOST_LABELS)
        facts.dropped, facts.readings, facts.at = dropped, taken, now.wall
        seen = set()
        for reading in taken:
            seen.add(wire.key(rule.name, reading.labels))
            await self._judge_one(rule, reading, now)
        for key, track in list(self.ledger.tracks.items()):
            if track.rule == rule.name and key not in seen:
                await self._judge_gone(rule, key, track, now)

    async def _judge_one(self, rule: Rule, reading: Reading, now: Moment) -> None:
        key = wire.key(rule.name, reading.labels)
        track = self.ledger.tracks.get(key)
        quiet = False
        if self._silences:
            shown = track.alert if track is not None and track.ringing else None
            shown = shown or begun(Case(rule, key), reading.labels, reading.value, now)
            quiet = silences.silenced(self._silences, shown, now.wall)
        await self.ledger.judge(rule, reading, now, silenced=quiet)

    async def _judge_gone(self, rule: Rule, key: str, track: Track, now: Moment) -> None:
        """What is not seen any more has ended, once those who tell had the time to."""
        track.pending = None
        settled = now.steady - self._since >= max(SETTLED, rule.window)
        if track.ringing and track.alert is not None and settled and rule.no_data != "fire":
            case = Case(rule, key, track.alert, silenced=track.alert.silenced)
            await self.ledger.write(key, track, ended(case, track.alert, track.labels, None, now))
        elif track.held_back and settled:
            await self.ledger.write(key, track, None)
        if not track.matters:
            self.ledger.tracks.pop(key, None)

    async def _end_orphans(self) -> None:
        """End what rings for a rule that is gone or switched off."""
        now = Moment(asyncio.get_running_loop().time(), codec.now())
        for key, track in list(self.ledger.tracks.items()):
            held = self.rules.get(track.rule)
            if held is not None and held.rule.enabled:
                continue
            if track.ringing and track.alert is not None:
                gone = Rule(name=track.rule, expression="-")
                alert = ended(Case(gone, key, silenced=track.alert.silenced), track.alert, {}, None, now)
                told = f"The rule {track.rule} is gone or switched off; it was: {track.alert.summary}"
                await self.ledger.write(key, track, structs.replace(alert, summary=told))
            self.ledger.tracks.pop(key, None)

    def _note_itself(self, now: float) -> None:
        for name, facts in self.facts.items():
            self.feed.note("rule_error", name, float(facts.error is not None), now)
            self.feed.note("rule_dropped", name, float(facts.dropped), now)


def _capped(readings: Sequence[Reading], tracks: dict[str, Track], rule: str) -> Sequence[Reading]:
    """As many readings as a rule may have: those that are known already first."""
    if len(readings) <= MOST_LABELS:
        return readings
    known = {key for key, track in tracks.items() if track.rule == rule}
    ordered = sorted(readings, key=lambda own: wire.key(rule, own.labels) not in known)
    return ordered[:MOST_LABELS]
