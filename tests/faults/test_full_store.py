"""A store without room: submissions are refused with a clear error, workers drain it, and it takes tasks again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Raw

from infra import topology
from subjects import errors
from subjects.bus import Bus, Records
from subjects.messages import Accepted, Submission
from subjects.settings import NatsSettings
from tests.faults.parts import Stack, server_only
from tests.faults.run import until

ROOM = 24 << 20
SMALL = 1 << 20
"""Bytes for each stream that has a limit of its own: the server sets the limit aside, whatever is stored."""
PAYLOAD = Raw(b'{"x":3,"seconds":0.0%s}' % (b" " * 200_000))


@contextlib.asynccontextmanager
async def small_stack(folder: Path) -> AsyncIterator[Stack]:
    """A stack on a store of 24 MB."""
    async with server_only(folder, max_store=ROOM) as whole:
        for config in topology.wanted(1):
            own = {**config, "max_bytes": SMALL} if config.get("max_bytes") else config
            answer = await whole.bus.api(f"STREAM.CREATE.{config['name']}", own)
            assert "error" not in answer, answer
        yield whole


async def fill(client, first: int) -> list[str]:
    """Submits until the store has no room; the ids that were acknowledged."""
    acknowledged: list[str] = []
    number = first
    while True:
        ids = [f"f{number + place}" for place in range(16)]
        answers = await client.submit_many([Submission(function="jobs.nap", input=PAYLOAD, id=id) for id in ids])
        acknowledged += [answer.id for answer in answers if isinstance(answer, Accepted)]
        number += 16
        refused = [answer for answer in answers if isinstance(answer, errors.RevoError)]
        if refused:
            assert {type(answer) for answer in refused} == {errors.StoreFull}, refused
            return acknowledged


@pytest.mark.timeout(60)
async def test_a_full_store_refuses_loses_nothing_and_recovers(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        acknowledged = await asyncio.wait_for(fill(whole.client, 0), 20)
        assert len(acknowledged) > 16
        with pytest.raises(errors.StoreFull) as refusal:
            await whole.client.start("jobs.nap", {"x": 1, "pad": "y" * 300_000})
        assert (refusal.value.status, refusal.value.retryable) == (507, True)

        await whole.worker("worker-1", slots=4)

        async def drained() -> bool:
            return (await Records(whole.bus, "TASKS").info())["state"]["messages"] == 0

        await until(drained, 30, "the worker drains a full store")
        for id in acknowledged:
            assert (await whole.client.result(id, wait=5)).state == "completed"

        async def taken() -> bool:
            try:
                return (await whole.client.run("jobs.square", {"x": 5}, wait=10)).state == "completed"
            except errors.StoreFull:
                return False

        await until(taken, 10, "the store takes tasks again")
        info = await Records(whole.bus, "RESULTS").info()
        assert info["state"]["messages"] >= len(acknowledged) + 1


@pytest.mark.timeout(60)
async def test_a_full_store_is_a_507_at_the_gateway(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        worker = await whole.worker("worker-1")
        await whole.gateway()
        await worker.close()
        await asyncio.wait_for(fill(whole.client, 0), 20)
        async with whole.door() as http:
            body = {"function": "jobs.nap", "input": {"x": 1, "pad": "y" * 300_000}}
            answer = await http.post("/api/tasks", json=body)
            assert answer.status_code == 507
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert answer.json()["code"] == "store_full"
            assert (await http.get("/livez")).status_code == 200


@pytest.mark.timeout(60)
async def test_a_result_without_room_is_stored_once_there_is_some(tmp_path: Path):
    """The work is done, its outcome finds no room: the task is not acknowledged, and comes again."""
    async with small_stack(tmp_path) as whole:
        await fill(whole.client, 0)
        await whole.worker("worker-1", slots=1)
        async with Bus.open(NatsSettings(url=whole.nats.url)) as other:

            async def some_done() -> bool:
                return (await Records(other, "RESULTS").info())["state"]["messages"] >= 3

            await until(some_done, 20, "results find room while the queue drains")
