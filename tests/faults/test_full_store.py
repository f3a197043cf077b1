"""A store without room: tasks are refused with a clear error, workers drain it, and it takes tasks again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Raw

from infra import topology
from subjects import errors
from subjects.bus import Records
from subjects.messages import Accepted, Submission
from tests.faults.parts import Stack, server_only
from tests.faults.run import until

ROOM = 36 << 20
SMALL = 6 << 20
"""Bytes for each stream that has a limit of its own: the server sets the limit aside, whatever is stored."""
PAYLOAD = Raw(b'{"x":3,"seconds":0.0%s}' % (b" " * 200_000))


@contextlib.asynccontextmanager
async def small_stack(folder: Path) -> AsyncIterator[Stack]:
    """A stack on a store of 36 MB."""
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
        answers = await client.submit_many(
            [Submission(function="jobs.nap", input=PAYLOAD, id=id) for id in ids]
        )
        acknowledged += [answer.id for answer in answers if isinstance(answer, Accepted)]
        number += 16
        refused = [answer for answer in answers if isinstance(answer, errors.RevoError)]
        if refused:
            assert {type(answer) for answer in refused} == {errors.StoreFull}, refused
            return acknowledged


async def queued(whole: Stack) -> int:
    return int((await Records(whole.bus, "TASKS").info())["state"]["messages"])


async def make_room(whole: Stack) -> None:
    """What an operator does: drop measurements."""
    assert await Records(whole.bus, "METRICS").purge("metric.>")


async def drained(whole: Stack, within: float) -> None:
    async def is_drained() -> bool:
        return await queued(whole) == 0

    await until(is_drained, within, "the workers drain the queue")


@pytest.mark.timeout(60)
async def test_a_full_store_refuses_with_a_clear_error_and_keeps_what_it_acknowledged(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        acknowledged = await asyncio.wait_for(fill(whole.client, 0), 20)
        assert len(acknowledged) > 16
        with pytest.raises(errors.StoreFull) as refusal:
            await whole.client.start("jobs.nap", {"x": 1, "pad": "y" * 300_000})
        assert (refusal.value.status, refusal.value.retryable) == (507, True)
        assert await queued(whole) == len(acknowledged)


@pytest.mark.timeout(60)
async def test_with_room_for_outcomes_a_full_queue_is_drained_and_takes_tasks_again(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        for number in range(5):
            await whole.bus.store(f"metric.cluster.ballast-{number}", b"b" * 900_000)
        acknowledged = await asyncio.wait_for(fill(whole.client, 0), 20)
        await make_room(whole)
        await whole.worker("worker-1", slots=2)
        await drained(whole, 30)
        for id in acknowledged:
            assert (await whole.client.result(id, wait=5)).state == "completed"

        async def taken() -> bool:
            try:
                return (await whole.client.run("jobs.square", {"x": 5}, wait=10)).state == "completed"
            except errors.StoreFull:
                return False

        await until(taken, 10, "the store takes tasks again")


@pytest.mark.timeout(60)
async def test_a_worker_starts_on_a_full_store(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        await asyncio.wait_for(fill(whole.client, 0), 20)
        for size in (500_000, 10_000, 500, 1):
            with contextlib.suppress(errors.StoreFull):
                while True:
                    await whole.bus.store("dlq.a.b.c", b"x" * size)
        await whole.worker("worker-1", slots=1)


@pytest.mark.timeout(60)
async def test_a_full_store_is_drained_without_help(tmp_path: Path):
    async with small_stack(tmp_path) as whole:
        await asyncio.wait_for(fill(whole.client, 0), 20)
        before = await queued(whole)
        await whole.worker("worker-1", slots=4)

        async def fewer() -> bool:
            return await queued(whole) < before

        await until(fewer, 3, "at least one task leaves the queue")


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
