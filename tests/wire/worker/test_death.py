"""Workers die at any moment; their tasks do not."""

import asyncio
import signal

import pytest

from infra import server
from subjects.bus import Bus
from subjects.client import Client


async def held(client: Client, worker: str, count: int) -> None:
    """Waits until a worker shows that it holds so many tasks."""
    async with asyncio.timeout(30):
        while True:
            info = (await client.workers()).get(worker)
            if info is not None and len(info.held) >= count:
                return
            await asyncio.sleep(0.005)


async def test_what_a_killed_worker_held_goes_on_elsewhere_within_seconds(
    worker_process, client: Client, tmp_path
):
    marks = tmp_path / "marks"
    first = await worker_process(name="w-first")
    task = await client.start("sample.note", {"marks": str(marks), "text": "ran", "seconds": 3.0})
    await held(client, first.id, 1)
    await worker_process(name="w-second")
    first.kill()
    result = await client.result(task.id, wait=15)
    assert (result.state, result.worker, result.attempts) == ("completed", "w-second", 1)
    assert marks.read_text() == "ran\n" * 2


async def test_a_supervisor_that_saw_the_death_saves_the_second_of_grace(
    worker_process, client: Client, bus: Bus, tmp_path
):
    first = await worker_process(name="w-first")
    task = await client.start("sample.note", {"marks": str(tmp_path / "m"), "text": "ran", "seconds": 3.0})
    await held(client, first.id, 1)
    await worker_process(name="w-second")
    first.kill()
    await first.process.wait()
    await bus.post("control.dead.w-first")
    assert (await client.result(task.id, wait=15)).worker == "w-second"


async def test_a_task_that_kills_its_worker_takes_nobody_along_twice(
    worker_process, client: Client, tmp_path
):
    marks = tmp_path / "marks"
    await worker_process(name="w-first")
    await worker_process(name="w-second")
    innocent = [await client.start("sample.wait", {"seconds": 1.5}) for _ in range(4)]
    poison = await client.start("sample.poison", {"marks": str(marks)})
    result = await client.result(poison.id, wait=60)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "worker_lost")
    for task in innocent:
        assert (await client.result(task.id, wait=60)).state == "completed"
    assert len(marks.read_text().splitlines()) <= 3
    assert len(await client.workers()) >= 1


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_a_frozen_worker_that_comes_back_cannot_change_the_outcome(
    worker_process, client: Client, tmp_path
):
    """The server takes a frozen process for gone after two unanswered pings, about twelve seconds."""
    first = await worker_process(name="w-first")
    task = await client.start("sample.note", {"marks": str(tmp_path / "m"), "text": "ran", "seconds": 0.5})
    await held(client, first.id, 1)
    first.process.send_signal(signal.SIGSTOP)
    await worker_process(name="w-second")
    done = await client.result(task.id, wait=25)
    first.process.send_signal(signal.SIGCONT)
    assert done.worker == "w-second"
    assert (await client.run("sample.add", {"x": 1}, wait=15)).state == "completed"
    assert (await client.result(task.id)).worker == "w-second"


async def test_a_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish(
    worker_process, client: Client, tmp_path
):
    first = await worker_process(name="w-first", slots=1, drain=0.1)
    running = await client.start("sample.wait", {"seconds": 2.0})
    await held(client, first.id, 1)
    queued = await client.start("sample.add", {"x": 1})
    assert await first.terminate() == 0
    await worker_process(name="w-second")
    for task in (running, queued):
        result = await client.result(task.id, wait=15)
        assert (result.state, result.attempts, result.worker) == ("completed", 1, "w-second")


async def test_a_worker_that_is_told_to_stop_lets_short_tasks_finish(worker_process, client: Client):
    first = await worker_process(name="w-first")
    task = await client.start("sample.wait", {"seconds": 0.5})
    await held(client, first.id, 1)
    assert await first.terminate() == 0
    assert (await client.result(task.id)).worker == "w-first"
    assert await client.workers() == {}


async def test_work_goes_on_after_the_server_was_killed_and_started_again(
    start_worker, client: Client, bus: Bus, nats_server
):
    await start_worker()
    before = await client.run("sample.add", {"x": 1}, wait=5)
    nats_server.kill()
    await nats_server.process.wait()
    port = int(nats_server.url.rsplit(":", 1)[1])
    again = await server.start(
        server.ServerSettings(nats_server.settings.state, port=port, durability="process")
    )
    nats_server.process = again.process
    assert (await client.run("sample.add", {"x": 2}, wait=15)).state == "completed"
    assert (await client.result(before.id, wait=5)).state == "completed"
