"""One list of agents, whoever asks: HTTP, and any tool that knows NATS micro services."""

import asyncio
import json

import httpx
import pytest

from functions import Context, function
from infra.testing import stack
from subjects import codec, errors
from tests.wire.gateway.conftest import eventually

SWITCH = {"engines"}
"""The service that stops and starts engines: nobody who works."""


@function("patient.speak")
async def speak(text: str, ctx: Context) -> str:
    """Says whose task it was."""
    return f"{text} of {ctx.task.agent}"


@function("creative.dream")
async def dream() -> str:
    """An engine's function."""
    return "z"


async def services(bus, verb="PING", at=""):
    """What all micro services answer to one question, until nobody has answered for a moment."""
    answers, inbox = asyncio.Queue(), bus.nats.new_inbox()

    async def take(message):
        answers.put_nowait(json.loads(message.data))

    subscription = await bus.subscribe(inbox, take)
    await bus.post(f"$SRV.{verb}{at}", b"", inbox)
    found = []
    try:
        while True:
            async with asyncio.timeout(0.4):
                found.append(await answers.get())
    except TimeoutError:
        return found
    finally:
        await subscription.unsubscribe()


@pytest.fixture
async def place():
    async with stack(speak, dream, gateway=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        definition = {"capabilities": ["patient"], "config": {"text": "hello"}, "limits": {"timeout": 5}}
        for id in ("ann", "bob"):
            assert (await http.post("/api/agents", json={"id": id, **definition})).status_code == 201
        await eventually(lambda: http.get("/api/agents/patient"), lambda got: got.json()["status"] == "idle")
        yield s.bus, http


async def test_the_list_and_the_micro_services_are_the_same_set(place):
    bus, http = place
    listed = {
        view["id"] if view["origin"] == "announced" else f"agent-{view['id']}"
        for view in (await http.get("/api/agents")).json()
    }
    engines = {row["queue"] for row in (await http.get("/api/engines")).json()}
    assert {told["name"] for told in await services(bus)} - SWITCH == listed | engines
    assert listed | engines == {"patient", "creative", "agent-ann", "agent-bob"}
    await http.delete("/api/agents/bob")
    assert {told["name"] for told in await services(bus)} - SWITCH == {"patient", "creative", "agent-ann"}


async def test_a_registered_agent_is_called_by_its_name_and_counted(place):
    bus, _ = place
    answer = await bus.request("agent.call.ann", b"{}")
    assert codec.decode(answer.data) == "hello of ann"
    answer = await bus.request("agent.call.ann", b'{"input": {"text": "hi"}, "function": "speak"}')
    assert codec.decode(answer.data) == "hi of ann"
    for id, payload, code in (
        ("ann", b'{"function": "creative.dream"}', "forbidden"),
        ("ann", b'{"input": {"text": 5}}', "invalid_input"),
        ("ann", b"{", "invalid_json"),
        ("nobody", b"{}", "not_found"),
    ):
        refused = await bus.request(f"agent.call.{id}", payload)
        assert refused.headers["Nats-Service-Error"].partition(":")[0] == code
        assert refused.headers["Nats-Service-Error-Code"] == str(errors.BY_CODE[code].status)
    [stats] = await services(bus, "STATS", ".agent-ann")
    [endpoint] = stats["endpoints"]
    assert (endpoint["num_requests"], endpoint["num_errors"]) == (5, 3)
    [info] = await services(bus, "INFO", ".agent-ann")
    assert (info["id"], info["endpoints"][0]["subject"]) == (stats["id"], "agent.call.ann")
    assert [told["name"] for told in await services(bus, "PING", f".agent-ann.{info['id']}")] == ["agent-ann"]
    assert await services(bus, "PING", ".agent-ann.other") == []
