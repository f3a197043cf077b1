"""A stopped queue keeps what waits, lets what runs end, and starts nothing."""

import asyncio

import pytest

from functions import function
from subjects import errors, names
from subjects.client import lanes


async def fact(true):
    """Waits until something is true."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - a poll of this process
            await asyncio.sleep(0.005)


async def test_a_backlog_survives_stop_kill_and_start_and_nothing_runs_in_between(
    worker_process, client, bus, until, tmp_path
):
    marks = tmp_path / "marks"
    first = await worker_process(name="w-first", slots=1)
    task = {"marks": str(marks), "seconds": 0.3}
    running = await client.start("sample.note", {**task, "text": "running"})
    await until(running.id, state="running")
    queued = [await client.start("sample.note", {**task, "text": f"q{n}", "seconds": 0}) for n in range(3)]
    told = await lanes.pause(bus, "sample")
    assert (told.stopped, told.changed, told.workers, told.silent) == (True, True, ["w-first"], [])
    assert (await client.result(running.id, wait=10)).state == "completed"
    first.kill()
    await worker_process(name="w-second", slots=1)
    late = await client.start("sample.note", {**task, "text": "late", "seconds": 0})
    await bus.post(names.control("dead", "w-first"))
    async with asyncio.timeout(30):
        while list(await client.workers()) != ["w-second"]:  # noqa: ASYNC110 - a poll of the bucket
            await asyncio.sleep(0.005)
    # The new worker is asked, so it has looked at its lanes: they are as its predecessor left them.
    assert (await lanes.pause(bus, "sample")).silent == []
    assert await lanes.is_paused(bus, "sample")
    assert marks.read_text().split() == ["running"]
    assert (await lanes.resume(bus, "sample")).stopped is False
    results = [await client.result(one.id, wait=10) for one in (*queued, late)]
    assert {(one.state, one.attempts, one.worker) for one in results} == {("completed", 1, "w-second")}
    assert sorted(marks.read_text().split()) == ["late", "q0", "q1", "q2", "running"]


async def test_what_a_worker_took_ahead_is_given_back_and_loses_no_attempt(start_worker, client, bus):
    gate, ran = asyncio.Event(), []

    @function("text.ping")
    async def ping(n: int) -> int:
        ran.append(n)
        return n

    @function("text.hold")
    async def hold() -> None:
        await gate.wait()

    worker = await start_worker(ping, hold, slots=2)
    for n in range(25):
        await client.run("text.ping", {"n": n})
    # Short tasks are pulled ahead by now: with both slots taken some wait inside the worker.
    held = [await client.start("text.hold") for _ in range(2)]
    await fact(lambda: worker.slots.busy == 2)
    ahead = [await client.start("text.ping", {"n": 100 + n}) for n in range(10)]
    await fact(worker.puller.waiting)
    assert (await lanes.pause(bus, "text")).silent == []
    assert worker.puller.waiting() == []
    assert [held.name for held in worker.state.held.values()] == ["text.hold"] * 2
    gate.set()
    for one in held:
        assert (await client.result(one.id, wait=10)).state == "completed"
    assert max(ran) < 100
    await lanes.resume(bus, "text")
    results = [await client.result(one.id, wait=10) for one in ahead]
    assert {(one.state, one.attempts) for one in results} == {("completed", 1)}
    assert sorted(ran[25:]) == list(range(100, 110))


async def test_a_queue_can_be_stopped_before_its_first_worker_comes(start_worker, client, bus):
    assert (await lanes.pause(bus, "text")).workers == []
    done = []

    @function("text.ping")
    async def ping() -> None:
        done.append(1)

    @function("other.ping")
    async def other() -> None: ...

    worker = await start_worker(ping, other)
    waiting = await client.start("text.ping")
    await client.run("other.ping", wait=5)
    assert ([lane.queue for lane in worker.puller.lanes if lane.paused], done) == (["text"] * 4, [])
    await lanes.resume(bus, "text")
    assert (await client.result(waiting.id, wait=5)).state == "completed"


async def test_the_plain_nats_command_stops_a_lane_too(start_worker, client, bus):
    worker = await start_worker()
    [lane] = [lane for lane in worker.puller.lanes if lane.priority == "high"]
    await bus.api("CONSUMER.PAUSE.TASKS.sample_high", {"pause_until": lanes.FOR_EVER})
    await fact(lambda: lane.paused)
    assert not await lanes.is_paused(bus, "sample")
    waiting = await client.start("sample.add", {"x": 1}, priority="high")
    assert (await client.run("sample.add", {"x": 1}, wait=5)).state == "completed"
    await bus.api("CONSUMER.PAUSE.TASKS.sample_high")
    assert (await client.result(waiting.id, wait=5)).state == "completed"


async def test_stopping_and_starting_twice_changes_nothing(start_worker, bus):
    await start_worker()
    changes = [
        (await act(bus, "sample")).changed for act in (lanes.pause, lanes.pause, lanes.resume, lanes.resume)
    ]
    assert changes == [True, False, True, False]
    assert not await lanes.is_paused(bus, "sample")


async def test_a_stopped_queue_answers_no_calls(start_worker, client, bus):
    await start_worker()
    await lanes.pause(bus, "sample")
    with pytest.raises(errors.Unavailable, match="sample is stopped"):
        await client.call("sample.add", {"x": 1})
    await lanes.resume(bus, "sample")
    assert await client.call("sample.add", {"x": 1}) == 2
