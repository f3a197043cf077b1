"""Killed at any point, analytics ends with the rows of the streams: none lost, none twice."""

import asyncio
import contextlib
import os
import random
import sys
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from analytics import service
from infra.server import ServerSettings, start
from subjects import codec, errors, names
from subjects.bus import Bus, Records
from subjects.client import Client
from subjects.messages import Progress

RUN = """
import asyncio, msgspec, sys
from analytics import service
from analytics.settings import AnalyticsSettings
settings = msgspec.json.decode(sys.argv[1], type=AnalyticsSettings, dec_hook=lambda kind, text: kind(text))
asyncio.run(service.run(settings, ready=lambda: print("ready", flush=True)))
"""


async def spawn(settings):
    path = os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN, msgspec.json.encode(settings, enc_hook=str).decode()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.fixture
async def process():
    """Starts analytics as a process of its own; what is left of it is killed at the end."""
    started = []

    async def begin(settings):
        child = await spawn(settings)
        started.append(child)
        while (line := await child.stdout.readline()) != b"ready\n":
            assert line, (await child.stderr.read()).decode()
        return child

    yield begin
    for child in started:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def tell(bus, made, numbers):
    """A result and an event for each number."""
    for number in numbers:
        result = made(number)
        told = Progress(result.id, "text.shout", 0.5, "half", codec.now())
        await asyncio.gather(
            bus.store(names.result("text", "shout", result.id), codec.encode(result)),
            bus.post(names.event("text", "shout", result.id, "progress"), codec.encode(told)),
        )


async def behind(client, stream):
    with contextlib.suppress(errors.Unavailable):
        answer = await client.query("positions", within=1.0)
        for row in answer["rows"]:
            if row[0] == stream:
                return row[1]
    return 0


async def stored(bus, stream, filter):
    return [(record.sequence, record.subject) async for record in Records(bus, stream).scan(filter)]


@pytest.mark.parametrize(("seed", "batch"), [(1, 5000), (2, 50), (3, 7)])
@pytest.mark.timeout(60)
async def test_kill_9_at_random_points_loses_and_doubles_nothing(
    bus, client, settings, process, made, caught_up, seed, batch
):
    settings = structs.replace(settings, batch=batch)
    choose, total = random.Random(seed), 3000
    telling = asyncio.create_task(tell(bus, made, range(total)))
    reached = 0
    for _ in range(5):
        child = await process(settings)
        wanted = min(total, reached + choose.randrange(1, 400))
        while reached < wanted and not telling.done():
            reached = await behind(client, "RESULTS")
        child.kill()
        await child.wait()
    await telling
    results, events = await stored(bus, "RESULTS", names.RESULTS), await stored(bus, "EVENTS", names.EVENTS)
    assert len(results) == total
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", results[-1][0])
        await caught_up(store, "EVENTS", events[-1][0])
        tasks = await store.query(
            "SELECT stream_seq, 'result.text.shout.' || id FROM tasks ORDER BY stream_seq"
        )
        rows = await store.query(
            "SELECT stream_seq, 'event.text.shout.' || id || '.progress' FROM events ORDER BY stream_seq"
        )
        assert (await store.query("SELECT count(*) FROM quarantine")).rows == [[0]]
    assert [tuple(row) for row in tasks.rows] == results
    assert [tuple(row) for row in rows.rows] == events


@pytest.mark.timeout(60)
async def test_a_server_killed_in_mid_ingest_leaves_the_rows_of_its_streams(
    nats_server, bus, store, made, caught_up
):
    total = 1500
    telling = asyncio.create_task(tell(bus, made, range(total)))
    port = int(nats_server.url.rsplit(":", 1)[1])
    again = ServerSettings(state=nats_server.settings.state, port=port, durability="process")
    server = nats_server
    for part in (3, 2):
        await caught_up(store, "RESULTS", total // part)
        server.kill()
        await server.process.wait()
        server = await start(again)
    try:
        await telling
        async with Bus.open(bus.settings) as fresh:
            results = await stored(fresh, "RESULTS", names.RESULTS)
            await caught_up(store, "RESULTS", results[-1][0])
            await tell(fresh, made, [total])
            events = await stored(fresh, "EVENTS", names.EVENTS)
            await caught_up(store, "RESULTS", results[-1][0] + 1)
            await caught_up(store, "EVENTS", events[-1][0])
        tasks = await store.query(
            "SELECT stream_seq, 'result.text.shout.' || id FROM tasks ORDER BY stream_seq"
        )
        kept = await store.query(
            "SELECT 'event.text.shout.' || id || '.progress', count(*) FROM events GROUP BY ALL"
        )
    finally:
        await server.stop()
    assert len(results) == total
    assert [tuple(row) for row in tasks.rows][:-1] == results
    # A server that dies may forget events. A row that was written stays; what is there is there once.
    assert {subject for _, subject in events} <= {row[0] for row in kept.rows}
    assert {row[1] for row in kept.rows} == {1}


async def test_a_second_process_is_told_who_holds_the_file(settings, store):
    child = await spawn(settings)
    _, said = await child.communicate()
    assert child.returncode == 1
    assert b"Unavailable" in said
    assert str(os.getpid()).encode() in said


async def test_analytics_waits_for_a_server_that_is_not_there_yet(
    settings, tmp_path, nats_server, bus, publish, made
):
    await publish(made(1))
    await nats_server.stop()
    ready = asyncio.Event()
    stop = asyncio.Event()
    work = asyncio.create_task(service.run(settings, ready.set, stop))
    port = int(nats_server.url.rsplit(":", 1)[1])
    server = await start(ServerSettings(state=nats_server.settings.state, port=port, durability="process"))
    try:
        await ready.wait()
        async with Client.connect(server.url) as client:
            while (await client.query("positions"))["rows"][0][3]:
                pass
            assert (await client.query("tasks"))["rows"][0][0] == "t-1"
        stop.set()
        await work
    finally:
        await server.stop()


async def test_it_stops_while_it_still_waits_for_a_server(settings, nats_server):
    await nats_server.stop()
    stop = asyncio.Event()
    work = asyncio.create_task(service.run(settings, stop=stop))
    async with asyncio.timeout(30):
        while not settings.file.exists():  # noqa: ASYNC110
            await asyncio.sleep(0)
    stop.set()
    await work
