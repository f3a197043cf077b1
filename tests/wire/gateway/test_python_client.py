"""The Python client against the real gateway: whatever happens, no event is lost and none comes twice."""

import asyncio
import contextlib
import gc

import msgspec
import pytest
import pytest_asyncio

from gateway.client import Backoff, Client, Options
from infra import topology
from infra.testing import connected, server
from subjects import errors, streams
from subjects.bus import Records
from subjects.kv import Bucket
from subjects.messages import FunctionInfo
from tests.wire.dashboard.lonely import killable, tell
from tests.wire.gateway.at_the_door import blocked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}
SHOUT = {"function": "text.shout", "input": {"text": "x"}}
QUICK = Options(backoff=Backoff(base=0.05, cap=0.4, floor=0.02), stable=0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nats(tmp_path_factory):
    async with server(tmp_path_factory.mktemp("nats")) as running, connected(running.url) as bus:
        info = FunctionInfo("text.shout", "Says it loudly.", TEXT, {"type": "string"}, 10, 3, "loop")
        await Bucket(bus, "functions", FunctionInfo).put(info.name, info)
        yield running, bus


@pytest.fixture
def bus(nats):
    return nats[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(nats):
    async with killable(nats[0].url, heartbeat=1.0, check_every=0.2) as both:
        yield both


@contextlib.asynccontextmanager
async def client(line, **options):
    async with Client(line.url.replace("nats", "http"), msgspec.structs.replace(QUICK, **options)) as opened:
        yield opened


async def heard(events, last):
    """The numbers up to this one; whatever comes twice or out of order is in it too."""
    numbers = []
    async with asyncio.timeout(30):
        async for event in events:
            numbers.append(event.payload["n"])
            if event.payload["n"] == last:
                return numbers
    raise AssertionError(f"{last} did not come")


async def until(fact):
    """Wait for something to be so, whether it is looked up at once or asked for."""
    async with asyncio.timeout(30):
        while not (await found if asyncio.iscoroutine(found := fact()) else found):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def queued(bus):
    found = [record.subject async for record in Records(bus, streams.STREAM_TASKS).scan("task.>")]
    await Records(bus, streams.STREAM_TASKS).purge("task.>")
    return found


async def test_events_go_on_over_drops_and_the_death_of_the_gateway(bus, gateway):
    serving, line = gateway
    gaps = []
    async with client(line) as own, own.events("task_progress", gap=gaps.append) as events:
        telling = asyncio.create_task(tell(bus, range(1, 1501)))
        seen = []
        for part in (200, 500, 800):
            seen += await heard(events, part)
            await line.cut()
            await until(lambda: own.status.state != "live")
            await line.mend()
        await serving.kill()
        order = asyncio.create_task(own.send("submit", SHOUT))
        await until(lambda: own.status.queued == 1)
        await telling
        await serving.start()
        assert (await order)["state"] == "queued"
        await tell(bus, range(1501, 1511))
        seen += await heard(events, 1510)
        assert seen == list(range(1, 1511))
        assert gaps == []
    assert len(await queued(bus)) == 1


async def test_a_stream_made_anew_is_told_as_a_gap_and_goes_on(bus, gateway):
    _, line = gateway
    gaps = []
    async with client(line) as own, own.events("task_progress", gap=gaps.append) as events:
        await tell(bus, range(1, 51))
        assert await heard(events, 50) == list(range(1, 51))
        rest = asyncio.create_task(heard(events, 100))
        await bus.api(f"STREAM.DELETE.{streams.STREAM_EVENTS}")
        await topology.apply(bus)
        await until(lambda: gaps)
        await tell(bus, range(51, 101))
        assert await rest == list(range(51, 101))
        assert [gap.reason for gap in gaps] == ["epoch"]


async def test_ten_minutes_without_a_line_lose_no_event_and_do_no_old_command(bus, gateway, monkeypatch):
    _, line = gateway
    loop = asyncio.get_running_loop()
    async with client(line) as own, own.events("task_progress") as events:
        await tell(bus, [1])
        seen = await heard(events, 1)
        await line.cut()
        await until(lambda: own.status.state != "live")
        old = asyncio.create_task(own.send("submit", SHOUT))
        patient = asyncio.create_task(own.send("submit", SHOUT, patience=900))
        await until(lambda: own.status.queued == 2)
        await tell(bus, range(2, 301))
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + 600, raising=False)
        with pytest.raises(errors.Unavailable, match="never sent"):
            await old
        await line.mend()
        assert (await patient)["state"] == "queued"
        assert seen + await heard(events, 300) == list(range(1, 301))
        monkeypatch.undo()
    assert len(await queued(bus)) == 1


async def test_a_line_that_only_falls_silent_is_left(bus, gateway):
    _, line = gateway
    async with client(line) as own, own.events("task_progress") as events:
        await tell(bus, [1])
        assert await heard(events, 1) == [1]
        line.silence()
        await until(lambda: own.status.state != "live")
        await tell(bus, [2])
        await line.mend()
        assert await heard(events, 2) == [2]


async def test_a_command_whose_answer_was_lost_is_done_once(bus, gateway):
    _, line = gateway
    async with client(line) as own:
        await own.send("get_agent_status", {})
        # The gateway hears it, and what it says does not come back.
        line.silence_answers()
        order = asyncio.create_task(own.send("submit", SHOUT))
        await until(lambda: stored(bus))
        found = await stored(bus)
        await line.cut()
        await until(lambda: own.status.state != "live")
        await line.mend()
        answer = await order
        assert answer["duplicate"] is True
        assert found == [f"task.text.medium.shout.{answer['id']}"]
    assert await queued(bus) == found


async def stored(bus):
    return [record.subject async for record in Records(bus, streams.STREAM_TASKS).scan("task.>")]


async def test_only_so_many_commands_wait(gateway):
    _, line = gateway
    await line.cut()
    async with client(line, queue=3) as own:
        waiting = [asyncio.create_task(own.send("get_agent_status", {})) for _ in range(3)]
        await until(lambda: own.status.queued == 3)
        with pytest.raises(errors.Overloaded, match="3 commands wait"):
            await own.send("get_agent_status", {})
        await line.mend()
        assert [type(answer) for answer in await asyncio.gather(*waiting)] == [list] * 3


async def test_events_and_commands_pass_where_sockets_do_not_get_through(bus, gateway):
    _, line = gateway
    async with blocked(int(line.url.rpartition(":")[2])) as address, Client(address, QUICK) as own:
        assert [each["queue"] for each in await own.send("get_agent_status", {})] == ["text"]
        assert own.status.transport == "events"
        async with own.events("task_progress", function="shout") as events, own.events("task_events"):
            telling = asyncio.create_task(tell(bus, range(1, 401)))
            seen = await heard(events, 100)
            await line.cut()
            order = asyncio.create_task(own.send("submit", SHOUT))
            await line.mend()
            assert (await order)["function"] == "text.shout"
            await telling
            assert seen + await heard(events, 400) == list(range(1, 401))
    assert len(await queued(bus)) == 1


async def test_a_busy_gateway_is_asked_again_until_all_is_done_once(nats, bus):
    async with (
        killable(nats[0].url, max_submits=1, max_sockets=1) as (_, line),
        client(line, fallback_after=None) as one,
        client(line, fallback_after=None) as two,
    ):
        async with one.events("task_progress"):
            # There is room for one socket: the second client is told 503 and waits for its turn.
            second = two.events("task_progress")
            await until(lambda: two.status.attempt > 1)
            await asyncio.gather(
                *(one.send("submit", SHOUT) for _ in range(8)),
                *(two.submit("text.shout", {"text": "x"}) for _ in range(8)),
            )
        await one.close()
        async with second:
            await tell(bus, range(1, 11))
            assert await heard(second, 10) == list(range(1, 11))
    assert len(await queued(bus)) == 16


async def test_a_loop_that_is_slow_loses_nothing_and_holds_up_nobody(bus, gateway):
    _, line = gateway
    async with (
        client(line, buffer=20) as own,
        own.events("task_progress") as slow,
        own.events("task_progress") as quick,
    ):
        telling = asyncio.create_task(tell(bus, range(1, 201)))
        assert await heard(quick, 200) == list(range(1, 201))
        assert len(slow._listener.waiting) == 20
        # What waits for one loop stands in nobody's way: not even in that of its own commands.
        assert await own.send("get_agent_status", {})
        assert await heard(slow, 200) == list(range(1, 201))
        await telling


async def test_another_process_goes_on_behind_the_last_event(bus, gateway):
    _, line = gateway
    async with client(line) as own, own.events("task_progress") as events:
        await tell(bus, range(1, 11))
        async for event in events:
            if event.payload["n"] == 4:
                break
    await tell(bus, range(11, 16))
    async with client(line) as own:
        later = own.events("task_progress", after=(event.seq, event.epoch))
        assert await heard(later, 15) == list(range(5, 16))


async def test_a_loop_that_was_left_is_forgotten(bus, gateway):
    _, line = gateway
    async with client(line) as own:
        telling = asyncio.create_task(tell(bus, range(1, 6)))
        async for _ in own.events("task_progress", function="shout", after=(0, "")):
            break
        gc.collect()
        [link] = own._links.values()
        await until(lambda: link.idle)
        await telling


async def test_what_the_gateway_refuses_ends_the_loop(gateway):
    _, line = gateway
    async with client(line) as own:
        with pytest.raises(errors.UnknownChannel):
            async for _ in own.events("gossip"):
                pass
        with pytest.raises(errors.UnknownChannel):
            own.events("gossip_*")
        with pytest.raises(errors.InvalidRequest, match="no filter of system_overview"):
            async with own.events("system_overview", function="shout"):
                pass


async def test_nobody_there_is_told_after_patience_and_not_before():
    async with Client("http://127.0.0.1:9", msgspec.structs.replace(QUICK, patience=0.3)) as nobody:
        with pytest.raises(errors.Unavailable, match="does not answer"):
            await nobody.submit("text.shout")
        with pytest.raises(errors.Unavailable, match="never sent"):
            await nobody.send("submit", SHOUT)
