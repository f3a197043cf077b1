"""Lanes over HTTP: what waits, since when, how fast it comes and goes, and for whom nobody is there."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from functions import function, service
from functions.settings import WorkerSettings
from gateway import meter
from subjects.client import Client, lanes
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually, serving


@function("text.hold")
async def hold() -> None:
    await asyncio.Event().wait()


@function("text.ping")
async def ping() -> None: ...


async def of(http, queue):
    """The lanes of a queue, and where in the list it stands."""
    told = (await http.get("/api/lanes")).json()
    for place, own in enumerate(told["queues"]):
        if own["queue"] == queue:
            by = {lane["priority"]: lane for lane in own["lanes"]}
            return {**own, "place": place, "by": by, "counted": told["counted"]}
    return None


def in_all(own):
    return own["queued"] + own["running"]


async def test_backlog_age_and_flight_are_told_by_priority_and_who_serves(nats_server, bus):
    own = WorkerSettings(nats=NatsSettings(url=nats_server.url), name="w-1", slots=1, drain=0.1)
    client = Client(bus)
    async with (
        service.running(own, [hold, ping]),
        serving(nats_server.url) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        before = datetime.now(UTC)
        running = await client.start("text.hold")
        await eventually(lambda: of(http, "text"), lambda own: own and own["running"] == 1)
        for priority in ("high", "high", "high", "low"):
            await client.start("text.hold", priority=priority)
        seen = await eventually(
            lambda: of(http, "text"), lambda own: own["by"]["high"]["queued"] and in_all(own) == 5
        )
        assert (seen["workers"], seen["slots"], seen["paused"]) == (["w-1"], 1, False)
        # The worker may have taken one of each lane ahead: it is with the worker then, and waits there.
        found = {name: lane["queued"] + lane["running"] for name, lane in seen["by"].items()}
        assert found == {"critical": 0, "high": 3, "medium": 1, "low": 1}
        oldest = datetime.fromisoformat(seen["by"]["high"]["oldest_at"])
        assert before <= oldest <= datetime.now(UTC)
        await lanes.pause(bus, "text")
        await eventually(lambda: of(http, "text"), lambda own: own["paused"])
        await client.cancel(running.id)


async def test_a_queue_that_nobody_ever_served_comes_first_and_others_do_not_hide_it(nats_server, bus):
    own = WorkerSettings(nats=NatsSettings(url=nats_server.url), name="w-1", slots=1, drain=0.1)
    async with (
        service.running(own, [hold]),
        serving(nats_server.url) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        for _ in range(3):
            await Client(bus).start("text.hold")
        await Client(bus).start("text.hold", delay=3600)
        for _ in range(2):
            await bus.store("task.nobody.high.ping", b"{}")
        await bus.store("task.nobody.ping", b"{}")
        seen = await eventually(lambda: of(http, "nobody"), lambda own: own and own["queued"] == 3)
        assert (seen["place"], seen["workers"], seen["running"]) == (0, [], 0)
        assert (seen["by"]["high"]["queued"], seen["by"]["medium"]["queued"]) == (2, 1)
        assert seen["oldest_at"]
        assert {"text", "nobody"} == {one["queue"] for one in (await http.get("/api/lanes")).json()["queues"]}


async def test_rates_are_counted_while_somebody_looks(nats_server, bus, monkeypatch):
    monkeypatch.setattr(meter, "LEAST", 0.2)
    own = WorkerSettings(nats=NatsSettings(url=nats_server.url), name="w-1", drain=0.1)
    async with (
        service.running(own, [ping, hold]),
        serving(nats_server.url) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        await Client(bus).run("text.ping", wait=10)
        first = await eventually(lambda: of(http, "text"), lambda own: own is not None)
        assert (first["arrived"], first["finished"]) == (None, None)
        await eventually(lambda: of(http, "text"), lambda own: own["arrived"] == 0)
        for _ in range(4):
            await Client(bus).run("text.ping", wait=10)
        await Client(bus).start("text.hold", priority="high")

        def tasks(own):
            return {name: round(lane["arrived"] * own["counted"] / 60) for name, lane in own["by"].items()}

        # The one of before the first look is not counted.
        wanted = {"critical": 0, "high": 1, "medium": 4, "low": 0}
        seen = await eventually(
            lambda: of(http, "text"), lambda own: tasks(own) == wanted and own["finished"] > 0
        )
        assert seen["by"]["medium"]["finished"] == pytest.approx(seen["by"]["medium"]["arrived"], rel=0.01)
        assert seen["by"]["high"]["finished"] == 0


async def test_a_meter_nobody_looks_at_does_not_listen(bus, monkeypatch):
    monkeypatch.setattr(meter, "KEPT", 0.1)
    async with meter.Meter(bus).running() as own:
        own.look()
        async with asyncio.timeout(30):
            while not own._task.done():  # noqa: ASYNC110 - a poll of this process
                await asyncio.sleep(0.01)
        assert own.look().arrived is None
