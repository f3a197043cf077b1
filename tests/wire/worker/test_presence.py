"""Who is gone is known without being asked for: by the facts of its connection, not by its own word."""

import asyncio
import signal

import httpx
import pytest

from infra.testing import stack
from subjects.client import Client
from tests.wire.gateway.conftest import eventually, serving
from tests.wire.worker.conftest import SAMPLE


async def held(client: Client, worker: str) -> None:
    """Waits until a worker shows that it holds a task."""
    async with asyncio.timeout(10):
        while not ((info := (await client.workers()).get(worker)) and info.held):  # noqa: ASYNC110 - over the wire
            await asyncio.sleep(0.01)


async def agent_is(http: httpx.AsyncClient, status: str) -> dict:
    """Waits until the agent `sample` has a status; the agent as it is then."""

    async def ask():
        return (await http.get("/api/agents/sample")).json()

    return await eventually(ask, lambda view: view.get("status") == status)


@pytest.mark.parametrize("supervised", [True, False])
async def test_an_agent_whose_only_worker_is_killed_is_offline_within_seconds(supervised):
    """No other worker is there to notice; the bucket alone would say so after 15 s."""
    async with stack(gateway=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        process = await s.worker_process(SAMPLE)
        await s.client.start("sample.wait", {"seconds": 60})
        await agent_is(http, "processing")
        async with asyncio.timeout(4):
            if supervised:
                await process.kill()
            else:
                process._spawned.kill()
            view = await agent_is(http, "offline")
        assert (view["workers"], view["current"]) == (0, [])
        assert (await http.get("/api/workers")).json() == []


async def test_what_a_lone_worker_held_goes_to_its_successor_at_once(worker_process, nats_server, client):
    async with serving(nats_server.url):
        first = await worker_process(name="w-first")
        task = await client.start("sample.wait", {"seconds": 0.5})
        await held(client, first.id)
        first.kill()
        async with asyncio.timeout(4):
            while await client.workers():  # noqa: ASYNC110 - over the wire
                await asyncio.sleep(0.02)
        await worker_process(name="w-second")
        # Its lease would have held it for half a minute.
        assert (await client.result(task.id, wait=10)).worker == "w-second"


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_an_agent_whose_worker_is_frozen_is_offline_within_fifteen_seconds(
    worker_process, nats_server, client
):
    async with serving(nats_server.url) as gateway, httpx.AsyncClient(base_url=gateway.url) as http:
        process = await worker_process()
        await agent_is(http, "idle")
        process.process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(15):
            while (await http.get("/api/agents/sample")).json()["status"] != "offline":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        process.process.send_signal(signal.SIGCONT)
        await agent_is(http, "idle")
