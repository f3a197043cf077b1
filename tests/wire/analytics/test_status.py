"""Queues and the whole are told of when they change, and rarely otherwise."""

import asyncio

import pytest
from msgspec import structs
from msgspec.json import Decoder

from analytics.status import Announcer
from analytics.status.depths import Depths
from analytics.store import Store
from functions import function, service
from functions.settings import WorkerSettings
from subjects import codec, names, streams
from subjects.agents import Agent, Definition, Permissions
from subjects.bus import Bus, Records
from subjects.client import lanes
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, Held, Overview, QueueStatus, WorkerInfo
from subjects.settings import NatsSettings


@pytest.fixture
async def heard(bus):
    """Waits for the first status of a queue, or overview, of which something is true."""
    latest, news = {}, asyncio.Condition()

    async def take(message):
        kind = Overview if message.subject.endswith(".overview") else QueueStatus
        async with news:
            latest[message.subject.removeprefix("live.metric.")] = codec.decode(message.data, Decoder(kind))
            news.notify_all()

    await bus.subscribe("live.metric.>", take)

    async def wait(name, true):
        async with asyncio.timeout(30), news:
            await news.wait_for(lambda: name in latest and true(latest[name]))
            return latest[name]

    return wait


INFO = FunctionInfo("creative.hold", "Holds.", {}, {}, 10.0, 3, "loop")


def worker(*held, functions=("text.shout",)):
    now = codec.now()
    tasks = [Held(id, "text.shout", 1, "", now) for id in held]
    return WorkerInfo("w-1", "here", 7, list(functions), 4, "running", now, now, tasks)


@pytest.fixture
async def known(bus):
    """A function that was announced, and its lane."""
    info = FunctionInfo("text.shout", "Shouts.", {}, {}, 10.0, 3, "loop")
    await Bucket(bus, "functions", FunctionInfo).put("text.shout", info)
    await bus.api(
        f"CONSUMER.CREATE.{streams.STREAM_TASKS}.text_medium.task.text.medium.>",
        {"stream_name": streams.STREAM_TASKS, "config": streams.lane_config("text", "medium")},
    )


async def test_registered_agents_are_told_when_they_change_and_while_they_work(bus, known, heard, store):
    agents, workers = Bucket(bus, "agents", Agent), Bucket(bus, "workers", WorkerInfo)

    async def register(id, **more):
        definition = Definition(capabilities=["text"], **more)
        await agents.put(id, Agent(id, definition, codec.now(), codec.now()))

    await asyncio.gather(*(register(f"a{number}") for number in range(50)))
    await register("barred", permissions=Permissions(["other"]))
    await register("off", enabled=False)
    await heard("a49.registered_status", lambda it: it.status == "offline")
    await workers.put("w-1", worker("t-1"), 15)
    told = await heard("a7.registered_status", lambda it: it.status == "idle")
    assert (told.queue, told.workers, told.current) == ("a7", 1, [])
    mine = [Held("t-9", "text.shout", 1, "", codec.now(), "a7")]
    await workers.put("w-1", structs.replace(worker(), held=mine), 15)
    busy = await heard("a7.registered_status", lambda it: it.status == "processing")
    assert (busy.running, busy.current) == (1, ["t-9"])
    await workers.put("w-1", worker(), 15)
    await heard("a7.registered_status", lambda it: it.status == "idle")
    assert (await heard("off.registered_status", bool)).status == "stopped"
    assert (await heard("barred.registered_status", bool)).status == "offline"
    await register("a7", enabled=False)
    await heard("a7.registered_status", lambda it: it.status == "stopped")


async def test_a_queue_goes_from_offline_to_idle_to_processing_and_back(bus, known, heard, store):
    workers = Bucket(bus, "workers", WorkerInfo)
    assert (await heard("text.agent_status", lambda it: it.status == "offline")).workers == 0
    await workers.put("w-1", worker(), 15)
    assert (await heard("text.agent_status", lambda it: it.status == "idle")).workers == 1
    await workers.put("w-1", worker("t-1"), 15)
    busy = await heard("text.agent_status", lambda it: it.status == "processing")
    assert (busy.running, busy.current) == (1, ["t-1"])
    assert (await heard("cluster.overview", lambda it: it.running == 1)).health == "healthy"
    await workers.put("w-1", worker(), 1)
    await heard("text.agent_status", lambda it: it.status == "idle")
    # A worker that falls silent is missed without anybody asking.
    await heard("text.agent_status", lambda it: it.status == "offline")
    assert (await heard("cluster.overview", lambda it: it.workers == 0)).health == "unknown"


async def test_what_waits_is_counted_and_what_nobody_serves_is_named(bus, known, heard, store):
    await Bucket(bus, "workers", WorkerInfo).put("w-1", worker(), 15)
    for _ in range(60):
        await bus.store(names.task("text", "shout", "medium"), b"{}")
    for _ in range(3):
        await bus.store(names.task("nobody", "serves", "high"), b"{}")
    await bus.store(names.schedule("later"), b"{}")
    full = await heard("text.agent_status", lambda it: it.status == "overloaded")
    assert full.queued == 60
    whole = await heard("cluster.overview", lambda it: it.unserved > 0)
    assert (whole.unserved, whole.queued, whole.health) == (3, 63, "degraded")


async def test_history_is_part_of_a_status(bus, known, heard, store, publish, made):
    now = codec.now()
    good = [made(number, submitted_at=now) for number in range(6)]
    bad = [made(number, submitted_at=now, state="failed") for number in range(6, 8)]
    await publish(*good, *bad)
    told = await heard("text.agent_status", lambda it: it.success_rate is not None)
    assert (told.success_rate, told.response_ms, told.throughput) == (75.0, 10.0, 1.6)
    assert told.response_p95_ms == 10.0
    whole = await heard("cluster.overview", lambda it: it.error_rate is not None)
    assert (whole.error_rate, whole.throughput) == (25.0, 1.6)


async def test_dead_letters_are_counted_without_the_notices_beside_them(bus, heard, store):
    for number in range(3):
        await bus.store(names.dead_letter("text", "shout", f"t-{number}"), b"{}")
    await bus.store("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.TASKS.text_medium", b"{}")
    assert (await heard("cluster.overview", lambda it: it.dead_letters > 0)).dead_letters == 3


async def test_an_engine_is_told_of_on_its_own_channel(bus, heard, store):
    info = FunctionInfo("creative.generate", "Generates.", {}, {}, 10.0, 3, "loop")
    await Bucket(bus, "functions", FunctionInfo).put("creative.generate", info)
    assert (await heard("creative.engine_status", lambda _: True)).queue == "creative"


async def test_counting_leaves_nothing_behind(bus):
    await bus.store(names.schedule("later"), b"{}")
    assert await Records(bus, streams.STREAM_TASKS).count(names.SCHEDULES) == 1
    depths = Depths(bus)
    for _ in range(3):
        await depths.look()
    assert depths.unclaimed == 0
    assert (await bus.api(f"CONSUMER.LIST.{streams.STREAM_TASKS}"))["total"] == 0


async def test_what_has_not_changed_is_not_told_again(bus, known, settings):
    async with Store.open(settings) as store:
        announcer = Announcer(bus, store, settings)
        await announcer._look()
        first = dict(announcer._told)
        await announcer._look()
        assert announcer._told == first
        await Bucket(bus, "workers", WorkerInfo).put("w-1", worker(), 15)
        await announcer._look()
        again = {subject for subject, told in announcer._told.items() if told != first[subject]}
    assert again == {"metric.text.agent_status", "metric.cluster.overview"}


class TestNewsOf:
    """With a clock that looks once a minute, only news can be why a status is told within the test."""

    @pytest.fixture
    def settings(self, settings):
        return structs.replace(settings, status_every=60.0, status_repeat=60.0)

    @pytest.fixture
    async def engine(self, nats_server, bus, tmp_path):
        """A worker with an engine function that takes until it is let go, and the statuses it causes."""
        gate = asyncio.Event()

        @function("creative.hold")
        async def hold() -> None:
            await gate.wait()

        own = WorkerSettings(nats=NatsSettings(url=nats_server.url), slots=1, name="w-news", drain=0.1)
        async with service.running(own, [hold]) as worker:
            yield worker
            gate.set()

    async def test_a_stop_and_a_start(self, bus, engine, heard, store):
        await heard("creative.engine_status", lambda it: it.status == "idle")
        await lanes.pause(bus, "creative")
        await heard("creative.engine_status", lambda it: it.status == "stopped")
        await lanes.resume(bus, "creative")
        await heard("creative.engine_status", lambda it: it.status == "idle")

    async def test_the_death_of_a_worker(self, nats_server, bus, heard, store):
        line = worker(functions=("creative.hold",))
        async with Bus.open(NatsSettings(url=nats_server.url, name=f"worker:{line.id}")):
            await Bucket(bus, "workers", WorkerInfo).put(line.id, line, 15)
            await Bucket(bus, "functions", FunctionInfo).put("creative.hold", INFO)
            assert (await heard("creative.engine_status", lambda it: it.workers == 1)).status == "idle"
        # The connection is gone, as that of a killed process; its line is still in the bucket.
        assert (await heard("creative.engine_status", lambda it: not it.workers)).status == "offline"
        assert (await heard("cluster.overview", lambda it: not it.workers)).health == "unknown"

    async def test_failures_that_cross_the_threshold_and_successes_that_cross_it_back(
        self, bus, known, heard, store, publish, made
    ):
        await Bucket(bus, "workers", WorkerInfo).put("w-1", worker(), 15)
        await heard("text.agent_status", lambda it: it.status == "idle")

        def outcomes(*numbers, **more):
            return [made(number, submitted_at=codec.now(), **more) for number in numbers]

        await publish(*outcomes(*range(5)), *outcomes(*range(5, 10), state="failed"))
        await heard("text.agent_status", lambda it: it.success_rate == 50.0)
        assert (await heard("cluster.overview", lambda it: it.error_rate == 50.0)).health == "degraded"
        await publish(*outcomes(10, state="failed"))
        assert (await heard("text.agent_status", lambda it: it.status == "error")).success_rate == 45.45
        await publish(*outcomes(11, 12))
        assert (await heard("text.agent_status", lambda it: it.status == "idle")).success_rate == 53.85

    async def test_work_that_comes(self, bus, client, engine, heard, store):
        await heard("creative.engine_status", lambda it: it.status == "idle")
        await lanes.pause(bus, "creative")
        await heard("creative.engine_status", lambda it: it.status == "stopped")
        await client.start("creative.hold")
        assert (await heard("creative.engine_status", lambda it: it.queued)).queued == 1
        await client.start("creative.hold")
        assert (await heard("cluster.overview", lambda it: it.queued == 2)).health == "healthy"
