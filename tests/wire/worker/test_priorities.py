"""The urgent overtake, the patient still move."""

import asyncio

from functions import Context, function
from subjects.bus import Bus
from subjects.client import Client
from subjects.messages import Raw, Submission


async def test_a_critical_task_starts_though_all_slots_are_busy_and_many_wait(start_worker, client: Client):
    gate = asyncio.Event()
    running = asyncio.Semaphore(0)

    @function("sample.gated")
    async def gated(ctx: Context) -> str:
        if ctx.task.priority == "critical":
            return "overtook"
        running.release()
        await gate.wait()
        return "waited"

    await start_worker(gated, slots=2)
    low = [Submission(function="sample.gated", priority="low") for _ in range(20)]
    accepted = await client.submit_many(low)
    await running.acquire()
    await running.acquire()
    result = await client.run("sample.gated", priority="critical", wait=5)
    assert bytes(result.output) == b'"overtook"'
    gate.set()
    for task in accepted:
        assert (await client.result(task.id, wait=5)).state == "completed"


async def test_under_full_load_every_priority_moves_the_more_urgent_the_more_often(
    start_worker, client: Client
):
    starts: list[str] = []
    all_started = asyncio.Event()

    @function("sample.counted")
    async def counted(ctx: Context) -> None:
        starts.append(ctx.task.priority)
        if len(starts) == 450:
            all_started.set()
        await asyncio.sleep(0.002)

    every = [
        Submission(function="sample.counted", input=Raw(b"{}"), priority=priority)
        for priority in ("low", "medium", "high")
        for _ in range(150)
    ]
    await client.submit_many(every)
    await start_worker(counted, slots=2)
    await asyncio.wait_for(all_started.wait(), 15)
    first = starts[:150]
    assert first.count("high") > first.count("medium") > first.count("low") > 0


async def test_a_worker_takes_no_more_than_its_slots_of_long_tasks(start_worker, client: Client, bus: Bus):
    worker = await start_worker(slots=3)
    for _ in range(10):
        await client.start("sample.wait", {"seconds": 0.3})
    await client.run("sample.wait", {"seconds": 0.01}, wait=10)
    assert worker.slots.busy <= 3
