"""How many tasks an agent has at once, how much memory they get, and whose the tasks are that they start."""

import asyncio

import httpx
import pytest

from functions import Context, function
from gateway.seats import Seat, Seats
from infra.testing import stack
from subjects import codec, errors, streams
from subjects.bus import Records
from subjects.kv import Bucket
from tests.wire.gateway.conftest import serving


@function("relay.last")
async def last(ctx: Context) -> str:
    """Says whose task it is."""
    ctx.log.info("here")
    return ctx.task.agent or ""


@function("relay.first")
async def first(ctx: Context) -> list[str]:
    """Asks the last one, alone and three times at once."""
    alone = await ctx.call(last)
    return [alone, *await ctx.map(last, [{}] * 3)]


async def test_what_an_agents_task_starts_is_the_agents_too():
    async with stack(first, last, gateway=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        await http.post("/api/agents", json={"id": "boss", "capabilities": ["relay.first"]})
        id = (await http.post("/api/agents/boss/tasks", json={})).json()["id"]
        result = (await http.get(f"/api/tasks/{id}/result?wait=10")).json()
        assert result["output"] == ["boss"] * 4
        children = await Records(s.bus, streams.STREAM_RESULTS).last_of("result.relay.last.*")
        assert [codec.decode(child.data)["agent"] for child in children] == ["boss"] * 4
        plain = await s.client.run("relay.first", wait=10)
        assert codec.decode(bytes(plain.output)) == [""] * 4


@pytest.fixture
async def two_at_once(http):
    limits = {"max_concurrent": 2}
    await http.post("/api/agents", json={"id": "calm", "capabilities": ["text"], "limits": limits})


async def test_through_two_gateways_no_more_tasks_come_than_an_agent_may_have(
    two_at_once, http, gateway, nats_server, bus
):
    async with serving(nats_server.url) as other, httpx.AsyncClient(base_url=other.url) as second:
        await other.parts.agents.registry.loaded()
        doors = [http, second] * 6
        answers = await asyncio.gather(*(door.post("/api/agents/calm/tasks", json={}) for door in doors))
    assert sorted(answer.status_code for answer in answers) == [202, 202, *[429] * 10]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("agent_busy", "1")
    assert (await Records(bus, streams.STREAM_TASKS).info())["state"]["messages"] == 2


async def test_a_seat_is_free_once_its_task_has_an_outcome_and_the_same_id_needs_no_other(two_at_once, http):
    async def give(id):
        return await http.post("/api/agents/calm/tasks", json={"id": id})

    for id in ("t1", "t2", "t1"):
        assert (await give(id)).status_code == 202
    assert (await give("t3")).status_code == 429
    await http.delete("/api/tasks/t1")
    assert (await give("t3")).status_code == 202
    # Who repeats what is done hears so, though nobody new may come.
    assert (await give("t1")).json()["state"] == "canceled"
    plain = {"function": "text.shout", "agent": "calm"}
    assert (await http.post("/api/tasks", json=plain)).json()["code"] == "agent_busy"


async def test_a_task_that_was_refused_leaves_its_seat(two_at_once, http, bus):
    body = {"id": "t1", "input": {"text": "x" * 1_100_000}}
    assert (await http.post("/api/agents/calm/tasks", json=body)).status_code == 413
    assert await Bucket(bus, "coordination", list[Seat]).get("agent.calm") == []


async def test_a_seat_whose_gateway_died_before_its_task_was_stored_is_free_when_it_is_late(bus):
    seats, past = Seats(bus), codec.from_ns(0)
    assert await seats.take("calm", 1, Seat("lost", "text", "shout", past))
    assert await seats.take("calm", 1, Seat("next", "text", "shout", codec.now().replace(year=2999)))
    with pytest.raises(errors.AgentBusy):
        await seats.take("calm", 1, Seat("third", "text", "shout", past))


async def test_a_tasks_limit_of_memory_holds_in_a_process_of_its_own():
    async with stack(gateway=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        await s.worker_process("tests.wire.gateway.test_agent_limits:eat")
        async with asyncio.timeout(30):
            while (await http.get("/api/functions/relay.eat")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        limits = {"memory": 1 << 29, "max_attempts": 1}
        body = {"id": "small", "capabilities": ["relay.eat"], "limits": limits}
        assert (await http.post("/api/agents", json=body)).status_code == 201
        states = []
        for megabytes in (100, 800):
            task = {"input": {"megabytes": megabytes}}
            id = (await http.post("/api/agents/small/tasks", json=task)).json()["id"]
            states.append((await http.get(f"/api/tasks/{id}/result?wait=10")).json()["state"])
        assert states == ["completed", "failed"]
        assert (await s.client.run("relay.eat", {"megabytes": 800}, wait=10)).state == "completed"


@function("relay.eat")
async def eat(megabytes: int) -> int:
    """Has as much memory as is asked for."""
    return len(bytearray(megabytes << 20))
