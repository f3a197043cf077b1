"""Canceling reaches a task wherever it is, and its outcome is stored before anything else happens."""

from datetime import datetime

import pytest

from functions import Context, function
from subjects import codec, errors
from subjects.bus import Bus, Records
from subjects.client import Client


async def test_a_queued_task_is_canceled_before_any_worker_sees_it(client: Client, bus: Bus, start_worker):
    task = await client.start("sample.add", {"x": 1})
    view = await client.cancel(task.id, "not needed")
    assert view.result is not None
    assert (view.state, view.result.error and view.result.error.message) == ("canceled", "not needed")
    assert (await Records(bus, "TASKS").info())["state"]["messages"] == 0


async def test_a_delayed_task_is_taken_off_the_calendar(client: Client, bus: Bus):
    task = await client.start("sample.add", {"x": 1}, delay=3600)
    assert (await client.cancel(task.id)).state == "canceled"
    assert (await Records(bus, "TASKS").info())["state"]["messages"] == 0


async def test_a_running_task_is_stopped(client: Client, start_worker, until):
    worker = await start_worker()
    task = await client.start("sample.wait")
    await until(task.id, state="running")
    assert (await client.cancel(task.id)).state == "canceled"
    assert (await client.run("sample.add", {"x": 1}, wait=5)).state == "completed"
    assert worker.state.failed == 0


async def test_a_task_that_waits_for_its_next_attempt_is_canceled(client: Client, start_worker, until):
    await start_worker()
    task = await client.start("sample.later", {"seconds": 20})
    await until(task.id, attempt=2)
    assert (await client.cancel(task.id)).state == "canceled"
    assert (await client.get(task.id)).state == "canceled"


async def test_a_task_without_an_id_of_its_own_is_canceled_by_its_place_in_the_stream(
    client: Client, bus: Bus
):
    stored = await bus.store("task.sample.add", b'{"x":1}')
    info = await Records(bus, "TASKS").info()
    id = codec.bare_id(codec.stream_stamp(datetime.fromisoformat(info["created"])), stored.sequence)
    assert (await client.cancel(id)).state == "canceled"
    assert (await Records(bus, "TASKS").info())["state"]["messages"] == 0


async def test_a_finished_task_cannot_be_canceled(client: Client, start_worker):
    await start_worker()
    result = await client.run("sample.add", {"x": 1}, wait=5)
    with pytest.raises(errors.AlreadyFinished):
        await client.cancel(result.id)


async def test_what_was_never_submitted_cannot_be_canceled(client: Client):
    with pytest.raises(errors.NotFound):
        await client.cancel("nobody")


async def test_the_children_of_a_canceled_task_are_canceled_too(client: Client, start_worker, until, sample):
    @function("sample.waits")
    async def waits(ctx: Context) -> str:
        return await ctx.call("sample.wait", {}, key="child")

    await start_worker(waits, *sample)
    task = await client.start("sample.waits")
    await until(f"{task.id}-child", state="running")
    await client.cancel(task.id)
    assert (await client.result(f"{task.id}-child", wait=5)).state == "canceled"
