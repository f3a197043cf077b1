"""What watching costs: ten idle workers that show themselves once a second, with and without watchers."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from analytics.settings import AnalyticsSettings
from functions.settings import WorkerSettings
from gateway.settings import GatewaySettings
from infra.reporter import ReporterSettings
from infra.spawn import Spawned, ready, spawn
from infra.testing import connected, server
from subjects.settings import NatsSettings
from tests.bench.children import place
from tests.bench.figures import Goal, Row, Scale, sample

WORKERS = 10
SETTLE = 3.0
"""Seconds that are left out: parts read what they need when they start."""
SCRAPE = 1.0
"""Seconds between two reads of /metrics; Prometheus reads every 15 by default."""


async def run(scale: Scale) -> list[Row]:
    """CPU of one core: the parts that only watch, the workers' share, and what /metrics adds to a gateway."""
    watching: list[float] = []
    bare: list[float] = []
    rows: dict[str, list[float]] = {}
    for _ in range(scale.of(3, 1)):
        alone = await _used(scale.of(20, 4), watched=False)
        found = await _used(scale.of(20, 4), watched=True)
        more = sum(found[name] - alone[name] for name in alone)
        watching.append(more + sum(value for name, value in found.items() if name not in alone))
        bare.append(sum(alone.values()))
        for name, value in found.items():
            rows.setdefault(name, []).append(value)
    goal = Goal("value", "at most", 5.0)
    what = f"monitoring of {WORKERS} idle workers at 1 Hz: CPU of one core"
    told = [Row("monitoring", what, "%", sample(watching), "all of it without watching", sample(bare), goal)]
    return told + [Row("monitoring", f"monitoring: {name}", "%", sample(own)) for name, own in rows.items()]


async def _used(seconds: float, *, watched: bool) -> dict[str, float]:
    """Percent of one core of each part, over so many seconds."""
    with place() as state:
        async with server(state / "nats") as nats, connected(nats.url):
            at = NatsSettings(url=nats.url)
            wanted: list[tuple[Any, str, Any]] = [
                ("worker", f"worker-{number}", WorkerSettings(nats=at, name=f"w-{number}"))
                for number in range(WORKERS)
            ]
            wanted.append(("gateway", "gateway", GatewaySettings(nats=at, port=0)))
            if watched:
                own = AnalyticsSettings(nats=at, file=state / "analytics.duckdb")
                wanted.append(("analytics", "analytics", own))
                wanted.append(("reporter", "reporter", ReporterSettings(at, state, "here", 1.0)))
            parts = await _started(state, wanted)
            pids = {name: [spawned.pid] for name, (spawned, _) in parts.items() if name[0] != "w"}
            pids["ten workers"] = [spawned.pid for name, (spawned, _) in parts.items() if name[0] == "w"]
            pids["nats-server"] = [nats.process.pid]
            try:
                await asyncio.sleep(SETTLE)
                before, began = {name: _seconds(own) for name, own in pids.items()}, time.monotonic()
                await _scraped(parts["gateway"][1]["http"], seconds, watched=watched)
                took = time.monotonic() - began
                return {name: (_seconds(own) - before[name]) / took * 100 for name, own in pids.items()}
            finally:
                for spawned, _ in parts.values():
                    spawned.kill()
                await asyncio.gather(*(spawned.wait() for spawned, _ in parts.values()))


async def _started(state: Path, wanted: list[tuple[Any, str, Any]]) -> dict[str, tuple[Spawned, Any]]:
    found: dict[str, tuple[Spawned, Any]] = {}
    for kind, name, own in wanted:
        log_file = state / f"{name}.log"
        spawned = await spawn(kind, name, own, log_file, "info")
        found[name] = (spawned, await ready(spawned, name, log_file))
    return found


async def _scraped(url: str, seconds: float, *, watched: bool) -> None:
    """Let time pass, and read /metrics meanwhile where somebody watches."""
    deadline = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=url) as http:
        while time.monotonic() < deadline:
            if watched:
                assert (await http.get("/metrics")).status_code == 200
            await asyncio.sleep(SCRAPE)


def _seconds(pids: list[int]) -> float:
    found = 0.0
    for pid in pids:
        times = psutil.Process(pid).cpu_times()
        found += times.user + times.system
    return found
