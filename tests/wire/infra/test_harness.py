import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions import Context, function
from infra.testing import stack
from subjects import errors
from subjects.messages import Schedule

JOBS = str(Path(__file__).with_name("jobs.py"))


@function("demo.echo")
async def echo(text: str) -> str:
    return text


async def written(path):
    """The lines of a file, once there are some."""
    while not (path.exists() and path.read_text().strip()):  # noqa: ASYNC110 - written by another process
        await asyncio.sleep(0.01)
    return path.read_text().split()


async def test_a_function_runs_in_a_system_of_its_own(revo_stack):
    s = await revo_stack(echo)
    result = await s.client.run("demo.echo", {"text": "hi"}, wait=10)
    assert (result.state, bytes(result.output)) == ("completed", b'"hi"')


async def test_two_systems_stand_side_by_side(revo_stack):
    one, two = await revo_stack(echo), await revo_stack()
    await one.client.run("demo.echo", {"text": "hi"}, wait=10)
    assert "demo.echo" in await one.client.functions()
    assert await two.client.functions() == {}


async def test_a_task_survives_the_death_of_its_worker(revo_stack, tmp_path):
    s = await revo_stack()
    flag = tmp_path / "flag"
    await s.worker_process(JOBS)
    task = await s.client.start("text.hold", {"flag": str(flag)})
    first = await written(flag)
    await s.kill_worker()
    flag.unlink()
    second = await s.worker_process(JOBS)
    again = await written(flag)
    flag.unlink()
    result = await s.client.result(task.id, wait=15)
    assert result.state == "completed"
    assert result.worker == second.id
    assert first != again


async def test_killing_a_worker_that_does_not_run_is_said(revo_stack):
    with pytest.raises(errors.NotFound, match="worker_process"):
        await (await revo_stack()).kill_worker()


async def test_a_cut_connection_comes_back_and_work_goes_on(revo_stack):
    s = await revo_stack(echo)
    await s.cut_connection()
    task = await s.client.start("demo.echo", {"text": "later"})
    with pytest.raises(errors.WaitTimeout):
        await s.client.result(task.id, wait=0.2)
    await s.restore_connection()
    assert (await s.client.result(task.id, wait=15)).state == "completed"


async def test_a_silent_connection_delays_and_loses_nothing(revo_stack):
    s = await revo_stack(echo)
    s.silence_connection()
    task = await s.client.start("demo.echo", {"text": "later"})
    with pytest.raises(errors.WaitTimeout):
        await s.client.result(task.id, wait=0.2)
    await s.restore_connection()
    assert (await s.client.result(task.id, wait=15)).state == "completed"


async def test_a_server_that_was_killed_comes_back_on_its_address_with_what_it_had(revo_stack):
    s = await revo_stack(echo)
    done = await s.client.run("demo.echo", {"text": "before"}, wait=10)
    old = s.server
    await s.restart_server()
    assert (s.server.url, s.server.pid != old.pid) == (old.url, True)
    assert await s.client.result(done.id, wait=10) == done
    assert (await s.client.run("demo.echo", {"text": "after"}, wait=15)).state == "completed"


async def test_a_delayed_task_starts_when_virtual_time_has_passed(revo_stack):
    s = await revo_stack(echo)
    task = await s.client.start("demo.echo", {"text": "hi"}, delay=3600)
    assert await s.advance(timedelta(minutes=59)) == 0
    assert (await s.client.get(task.id)).state == "queued"
    assert await s.advance(timedelta(minutes=1)) == 1
    assert (await s.client.result(task.id, wait=10)).state == "completed"
    assert await s.advance(timedelta(days=1)) == 0


async def test_a_recurring_task_comes_as_often_as_its_calendar_says(revo_stack):
    s = await revo_stack()
    await s.client.schedule(Schedule("pulse", "demo.echo", every=600))
    await s.client.schedule(Schedule("noon", "demo.echo", cron="0 12 * * *"))
    begun = datetime.now(UTC)
    # The server counts from the nearest second, which may be the next one.
    fired = await s.advance(timedelta(hours=24, seconds=1))
    noon = (begun.replace(hour=12, minute=0, second=0, microsecond=0) - begun) % timedelta(days=1)
    assert fired == 145 + (noon <= timedelta(seconds=1))


async def test_gateway_and_analytics_are_there_when_they_are_asked_for():
    async with stack(echo, gateway=True, analytics=True) as s:
        await s.client.run("demo.echo", {"text": "hi"}, wait=10)
        assert s.http.startswith("http://127.0.0.1:")
        assert (await s.client.query("catalog"))["rows"]


async def test_a_function_that_runs_sees_its_context(revo_stack):
    @function("demo.whoami")
    async def whoami(ctx: Context) -> str:
        return ctx.id

    s = await revo_stack(whoami)
    result = await s.client.run("demo.whoami", wait=10, id="me")
    assert bytes(result.output) == b'"me"'
