"""What the server gives up on ends as failed, with a dead letter; nothing is delivered for ever."""

import asyncio

import pytest

from functions import service
from functions.settings import WorkerSettings
from functions.undertaker import Undertaker
from infra.server import Server
from subjects import streams
from subjects.bus import Bus, Message, Records
from subjects.bus.pulls import Pull
from subjects.client import Client
from subjects.messages import Result
from subjects.settings import NatsSettings
from tests.faults.parts import JOBS
from tests.faults.run import until


async def refuse_for_ever(bus: Bus, queue: str) -> int:
    """Takes the message of a lane and gives it back until the server offers it no more; how often it was."""
    config = streams.lane_config(queue, "medium")
    await bus.api(
        f"CONSUMER.CREATE.TASKS.{config['durable_name']}.{config['filter_subject']}",
        {"stream_name": "TASKS", "config": config, "action": ""},
    )
    came: list[Message] = []
    pull = Pull(bus, "TASKS", config["durable_name"], came.append)
    news = asyncio.Event()
    await pull.open(news.set)
    count = 0
    while True:
        news.clear()
        if pull.outstanding == 0:
            await pull.ask(1, 0.5)
        async with asyncio.timeout(30):
            await news.wait()
        if not came:
            if count >= streams.MAX_DELIVER:
                break
            continue
        count += 1
        await bus.post(came.pop().reply, b"-NAK")
    await pull.close()
    return count


@pytest.fixture
def settings(nats_server: Server) -> WorkerSettings:
    return WorkerSettings(nats=NatsSettings(url=nats_server.url), targets=(JOBS,), slots=2)


async def ended(client: Client, id: str) -> Result:
    return await client.result(id, wait=10)


async def test_a_message_delivered_too_often_fails_with_a_dead_letter(nats_server, bus: Bus, client: Client):
    task = await client.start("jobs.square", {"x": 12})
    async with Bus.open(NatsSettings(url=nats_server.url, name="undertaker")) as own:
        undertaker = Undertaker(own, "w-test")
        await undertaker.open()
        try:
            assert await refuse_for_ever(bus, "jobs") == streams.MAX_DELIVER
            result = await ended(client, task.id)
        finally:
            await undertaker.close()
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "worker_lost")
    assert str(streams.MAX_DELIVER) in result.error.message
    (letter,) = await client.dead_letters()
    assert (letter.id, bytes(letter.input)) == (task.id, b'{"x":12}')
    assert (await Records(bus, "TASKS").info())["state"]["messages"] == 0


async def test_what_was_given_up_while_no_worker_lived_is_ended_by_the_next_one(
    bus: Bus, client: Client, settings
):
    await bus.post("task.jobs.square", b'{"x": 5}')
    await refuse_for_ever(bus, "jobs")
    from functions import registry

    async with service.running(settings, registry.load([JOBS]).values()):

        async def a_letter() -> bool:
            return len(await client.dead_letters()) == 1

        await until(a_letter, 10, "a dead letter is written")
    (letter,) = await client.dead_letters()
    assert letter.id.startswith("q"), "a bare publish has an id too"
    assert (await ended(client, letter.id)).state == "failed"


async def test_a_task_that_was_given_up_can_be_tried_again(bus: Bus, client: Client, settings):
    task = await client.start("jobs.square", {"x": 6})
    await refuse_for_ever(bus, "jobs")
    from functions import registry

    async with service.running(settings, registry.load([JOBS]).values()):
        assert (await ended(client, task.id)).state == "failed"
        await client.retry(task.id)
        again = await ended(client, task.id)
        assert (again.state, bytes(again.output)) == ("completed", b"36")
        assert await client.dead_letters() == []
