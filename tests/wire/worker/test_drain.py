"""A drained worker ends what it runs, gets nothing more, and goes; what waits is for others."""

import asyncio

import pytest

from subjects import errors
from subjects.client import fleet


async def test_a_drained_worker_ends_its_task_and_gets_nothing_more(
    worker_process, client, bus, until, tmp_path
):
    """It may take longer than DRAIN: that is for a stop."""
    marks = tmp_path / "marks"
    first = await worker_process(name="w-first", slots=1, drain=0.05)
    task = {"marks": str(marks), "text": "ran", "seconds": 0.8}
    running = await client.start("sample.note", task)
    await until(running.id, state="running")
    queued = [await client.start("sample.add", {"x": n}) for n in range(3)]
    told = await fleet.drain(bus, "w-first")
    assert (told.worker, told.running) == ("w-first", 1)
    assert (await fleet.member(bus, "w-first")).state == "draining"
    late = [await client.start("sample.add", {"x": n}) for n in range(3)]
    await worker_process(name="w-second")
    results = [await client.result(one.id, wait=15) for one in (*queued, *late)]
    assert {(one.state, one.attempts, one.worker) for one in results} == {("completed", 1, "w-second")}
    done = await client.result(running.id, wait=15)
    assert (done.state, done.attempts, done.worker) == ("completed", 1, "w-first")
    assert await first.process.wait() == 0
    assert marks.read_text() == "ran\n"
    assert list(await client.workers()) == ["w-second"]


async def test_a_drained_worker_answers_no_more_calls(worker_process, client, bus, until):
    await worker_process(name="w-first", slots=1)
    running = await client.start("sample.wait", {"seconds": 1000})
    await until(running.id, state="running")
    assert await client.call("sample.add", {"x": 1}) == 2
    await fleet.drain(bus, "w-first")

    async def call_on():
        while True:
            await client.call("sample.add", {"x": 1})

    # What was asked a moment too early is answered still: no call is lost.
    with pytest.raises(errors.Unavailable, match="nobody listens"):
        await asyncio.wait_for(call_on(), 15)
    await worker_process(name="w-second")
    assert await client.call("sample.add", {"x": 1}) == 2
    await client.cancel(running.id)


async def test_a_stop_does_not_wait_for_a_drain_to_end(worker_process, client, bus, until):
    first = await worker_process(name="w-first", slots=1, drain=0.05)
    running = await client.start("sample.wait", {"seconds": 0.5})
    long = await client.start("sample.wait", {"seconds": 1000})
    await until(running.id, state="running")
    await fleet.drain(bus, "w-first")
    await fleet.drain(bus, "w-first")
    assert await first.terminate() == 0
    await worker_process(name="w-second")
    result = await client.result(running.id, wait=15)
    assert (result.state, result.attempts, result.worker) == ("completed", 1, "w-second")
    await client.cancel(long.id)


async def test_who_is_not_there_cannot_be_drained_and_who_has_no_place_cannot_be_resumed(start_worker, bus):
    worker = await start_worker()
    await worker._ticker.show()
    with pytest.raises(errors.NotFound, match="there is no worker"):
        await fleet.drain(bus, "w-nobody")
    with pytest.raises(errors.NotFound, match="alive, not drained"):
        await fleet.resume(bus, worker.state.id)
    with pytest.raises(errors.Forbidden, match="not killed on request"):
        await fleet.kill(bus, worker.state.id)
