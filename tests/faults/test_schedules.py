"""The calendar is in the server: it fires with none of us awake, and a tick runs once whoever dies."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Raw

from subjects import codec, names
from subjects.bus import Bus, Record, Records
from subjects.client import Client
from subjects.messages import Result, Schedule, Submission
from tests.faults.parts import Stack
from tests.faults.run import until

TASKS = "TASKS"


async def queued(bus: Bus) -> list[Record]:
    return [record async for record in Records(bus, TASKS).scan("task.>")]


async def results(bus: Bus) -> list[Result]:
    decoder = msgspec.json.Decoder(Result)
    return [decoder.decode(record.data) async for record in Records(bus, "RESULTS").scan("result.>")]


async def wait_for_queued(bus: Bus, count: int) -> list[Record]:
    async def there() -> bool:
        return len(await queued(bus)) >= count

    await until(there, 8, f"{count} tasks were put into the queue")
    return await queued(bus)


def runs(folder: Path) -> list[str]:
    file = folder / "runs.jsonl"
    return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []


async def wait_for_results(bus: Bus, count: int) -> list[Result]:
    async def there() -> bool:
        return len(await results(bus)) >= count

    await until(there, 10, f"{count} outcomes")
    return await results(bus)


async def test_every_cron_at_and_in_fire_with_nobody_awake_and_are_served_later(whole: Stack):
    client, bus = whole.client, whole.bus
    await client.schedule(Schedule("beat", "jobs.square", Raw(b'{"x":1}'), every=1))
    await client.schedule(
        Schedule("clock", "jobs.square", Raw(b'{"x":2}'), cron="* * * * * *", priority="low")
    )
    soon = datetime.now(UTC) + timedelta(seconds=1)
    await client.submit(Submission("jobs.square", Raw(b'{"x":3}'), id="at-1", at=soon))
    await client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="in-1", delay=1.0, priority="high"))
    assert (await client.get("at-1")).state == "queued"
    assert await client.workers() == {}

    async def all_fired() -> bool:
        subjects = {record.subject for record in await queued(bus)}
        schedules = [record.headers.get(codec.SCHEDULE) for record in await queued(bus)]
        return (
            {"task.jobs.medium.square.at-1", "task.jobs.high.square.in-1"} <= subjects
            and schedules.count("beat") >= 2
            and schedules.count("clock") >= 2
        )

    await until(all_fired, 8, "each of them fired, the recurring ones twice")
    await client.pause_schedule("beat")
    await client.pause_schedule("clock")
    waiting = len(await queued(bus))
    await whole.worker("worker-1")
    found = await wait_for_results(bus, waiting)
    assert {result.state for result in found} == {"completed"}
    assert len({result.id for result in found}) == len(found), "each tick is a task of its own"
    assert {result.schedule for result in found} == {None, "beat", "clock"}


async def test_a_tick_is_not_run_twice_when_its_worker_is_killed_after_it(whole: Stack, tmp_path: Path):
    await whole.client.schedule(Schedule("beat", "jobs.square", Raw(b'{"x":1}'), every=1))
    first = await whole.worker("worker-1")
    await wait_for_results(whole.bus, 1)
    first.kill()
    await whole.nats.kill()
    await wait_for_results(whole.bus, 3)
    await whole.client.pause_schedule("beat")

    async def empty() -> bool:
        return not await queued(whole.bus)

    await until(empty, 5, "no tick is left")
    started = runs(tmp_path)
    assert len(started) == len(set(started)), "no tick ran twice"
    assert set(started) == {result.id for result in await results(whole.bus)}


async def test_a_schedule_survives_the_death_of_the_server(whole: Stack):
    await whole.client.schedule(Schedule("beat", "jobs.square", Raw(b'{"x":1}'), every=1))
    await whole.client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="in-1", delay=1.5))
    await whole.nats.kill()
    await wait_for_queued(whole.bus, 3)
    assert "task.jobs.medium.square.in-1" in {record.subject for record in await queued(whole.bus)}


async def test_a_paused_schedule_rests_until_it_is_resumed(bus: Bus, client: Client):
    await client.schedule(Schedule("beat", "jobs.square", every=1))
    await wait_for_queued(bus, 1)
    paused = await client.pause_schedule("beat")
    assert (paused.paused, (await client.schedules())[0].paused) == (True, True)
    assert await Records(bus, TASKS).last(names.schedule("beat")) is None, "the server has nothing to fire"
    count = len(await queued(bus))
    await client.pause_schedule("beat", paused=False)
    assert await Records(bus, TASKS).last(names.schedule("beat")) is not None
    await wait_for_queued(bus, count + 1)
    await client.remove_schedule("beat")
    assert await client.schedules() == []
    assert await Records(bus, TASKS).last(names.schedule("beat")) is None


async def test_an_id_that_waits_on_the_calendar_is_taken(whole: Stack, tmp_path: Path):
    """Delayed under an id, and then published raw under the same id: the first to run is the only one."""
    await whole.worker("worker-1")
    await whole.client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="both", delay=1.0))
    again = await whole.client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="both"))
    assert again.duplicate
    await whole.bus.store("task.jobs.high.square.both", b'{"x":4}')
    await whole.client.result("both", wait=5)

    async def empty() -> bool:
        return (await Records(whole.bus, TASKS).info())["state"]["messages"] == 0

    await until(empty, 5, "the calendar and the queue are empty")
    assert runs(tmp_path) == ["both"]


async def test_a_canceled_delayed_task_never_starts(whole: Stack, tmp_path: Path):
    await whole.worker("worker-1")
    await whole.client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="gone", delay=1.0))
    assert (await whole.client.cancel("gone")).state == "canceled"
    await whole.client.submit(Submission("jobs.square", Raw(b'{"x":4}'), id="after", delay=1.0))
    await whole.client.result("after", wait=5)
    assert runs(tmp_path) == ["after"]


async def test_a_retry_later_than_half_a_minute_waits_on_the_calendar(whole: Stack):
    """It costs no slot and no place in the lane; published early, it goes on where it was."""
    await whole.worker("worker-1")
    before = datetime.now(UTC)
    task = await whole.client.start("jobs.later", {"seconds": 40.0}, timeout=77, max_attempts=3)

    async def scheduled() -> bool:
        return await Records(whole.bus, TASKS).last(names.schedule(task.id)) is not None

    await until(scheduled, 5, "its next attempt is on the calendar")

    async def acknowledged() -> bool:
        return not await queued(whole.bus)

    await until(acknowledged, 5, "and its message has left the queue")
    stored = await Records(whole.bus, TASKS).last(names.schedule(task.id))
    assert stored is not None
    due = datetime.fromisoformat(stored.headers["Nats-Schedule"].removeprefix("@at "))
    assert timedelta(seconds=39) < due - before < timedelta(seconds=45)
    target = stored.headers["Nats-Schedule-Target"]
    assert target == names.task("jobs", "later", "medium", task.id)
    assert (stored.headers[codec.ATTEMPT], float(stored.headers[codec.TIMEOUT])) == ("2", 77.0)
    view = await whole.client.get(task.id)
    assert (view.state, view.attempt, view.at) == ("queued", 2, due)

    await early(whole.bus, stored)
    result = await whole.client.result(task.id, wait=5)
    assert (result.state, result.attempts, bytes(result.output)) == ("completed", 2, b"2")
    assert result.submitted_at < before + timedelta(seconds=2)


async def early(bus: Bus, stored: Record) -> None:
    """What the server will do when it is time, done now: the message moves from calendar to target."""
    kept = {key: value for key, value in stored.headers.items() if not key.startswith("Nats-")}
    kept |= {codec.EXPECTED: "0", codec.EXPECTED_SUBJECT: stored.headers["Nats-Schedule-Target"]}
    await Records(bus, TASKS).purge(stored.subject)
    await bus.store(stored.headers["Nats-Schedule-Target"], stored.data, kept)


async def test_a_retry_on_the_calendar_can_be_canceled(whole: Stack, tmp_path: Path):
    await whole.worker("worker-1")
    task = await whole.client.start("jobs.later", {"seconds": 40.0})

    async def scheduled() -> bool:
        return await Records(whole.bus, TASKS).last(names.schedule(task.id)) is not None

    await until(scheduled, 5, "its next attempt is on the calendar")
    assert (await whole.client.cancel(task.id)).state == "canceled"
    assert (await Records(whole.bus, TASKS).info())["state"]["messages"] == 0
    assert len(runs(tmp_path)) == 1


async def test_many_due_at_once_all_fire_once(bus: Bus, client: Client):
    moment = datetime.now(UTC) + timedelta(seconds=1)
    await asyncio.gather(
        *(
            client.submit(Submission("jobs.square", Raw(b'{"x":1}'), id=f"s{n}", at=moment))
            for n in range(200)
        )
    )
    found = await wait_for_queued(bus, 200)
    assert len(found) == len({record.subject for record in found}) == 200
