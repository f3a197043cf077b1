"""Judges every agent again and again, and publishes each change once."""

import asyncio
import contextlib
from typing import Any

import msgspec
import structlog

from analytics import catalog
from analytics.settings import AnalyticsSettings
from analytics.status.alerts import changes, figures
from analytics.store import Position, Store
from subjects import codec, errors, names, streams
from subjects.agents import Agent, AlertMetric, PerformanceAlert, Thresholds
from subjects.bus import Bus, Records
from subjects.kv import Bucket

log = structlog.get_logger()

SHARE = 0.05
"""How much of the time the question about the last minutes may take, as long as it is short."""
SELDOM = 5.0
"""Seconds between two looks while no task ends: the last minutes pass also then. Never more."""
KIND = "performance_alert"

_alerts = msgspec.json.Decoder(PerformanceAlert)


class Alarm:
    """What fires is remembered in the METRICS stream: a restart tells nothing twice."""

    def __init__(self, bus: Bus, store: Store, settings: AnalyticsSettings) -> None:
        self._bus = bus
        self._store = store
        self._settings = settings
        self._query = catalog.load().find("recent_agents")
        self._agents = Bucket(bus, "agents", Agent)
        self._limits: dict[str, Thresholds] = {}
        self._firing: dict[tuple[str, AlertMetric], PerformanceAlert] = {}

    async def run(self) -> None:
        """Judge for as long as this is awaited."""
        heard = await self._agents.on_write(self._forget)
        try:
            await self._keep_judging()
        finally:
            with contextlib.suppress(Exception):
                await heard.unsubscribe()

    async def _keep_judging(self) -> None:
        loop = asyncio.get_running_loop()
        asked: Position | None = None
        quiet, known = 0.0, False
        while True:
            took = 0.0
            reached = self._store.reached.get(streams.STREAM_RESULTS)
            if reached != asked or loop.time() >= quiet:
                begun = loop.time()
                try:
                    if not known:
                        await self._remember()
                        known = True
                    await self._judge()
                    asked, quiet = reached, loop.time() + SELDOM
                except errors.RevoError as error:
                    log.warning("alerts delayed", error=error.message)
                took = loop.time() - begun
            await asyncio.sleep(max(self._settings.status_every, min(took / SHARE, SELDOM)))

    def _forget(self, id: str) -> None:
        self._limits.pop(id, None)

    async def _remember(self) -> None:
        """What was firing when this was told last."""
        metrics = Records(self._bus, streams.STREAM_METRICS)
        async for record in metrics.scan(f"metric.*.{KIND}"):
            with contextlib.suppress(errors.RevoError):
                self._note(codec.decode(record.data, _alerts))

    async def _judge(self) -> None:
        table = await self._store.query(self._query.sql, self._query.bind({}))
        rows: list[dict[str, Any]] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        seen = [figures(row) for row in rows]
        for agent in {*(own.agent for own in seen), *(agent for agent, _ in self._firing)}:
            if agent not in self._limits:
                known = await self._agents.get(agent)
                self._limits[agent] = Thresholds() if known is None else known.definition.thresholds
        for alert in changes(self._firing, seen, self._limits.__getitem__, codec.now()):
            # Stored, not only said: it is noted once it is sure to be told.
            await self._bus.store(names.metric(alert.agent, KIND), codec.encode(alert))
            self._note(alert)
            log.info(
                "agent alert", agent=alert.agent, metric=alert.metric, state=alert.state, value=alert.value
            )

    def _note(self, alert: PerformanceAlert) -> None:
        key = (alert.agent, alert.metric)
        if alert.state == "firing":
            self._firing[key] = alert
        else:
            self._firing.pop(key, None)
