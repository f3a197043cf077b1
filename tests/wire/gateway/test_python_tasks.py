"""Tasks by the Python client of the gateway, from submission to result."""

import asyncio

import pytest
from msgspec import Raw

from functions import function
from gateway.client import Client, Event
from infra.testing import stack
from subjects import errors
from subjects.messages import Result, Submission


@function("text.shout", timeout=20)
async def shout(text: str) -> str:
    """Says it loudly."""
    return text.upper()


@function("text.linger", timeout=60)
async def linger(seconds: float) -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return "done"


async def test_tasks_from_submission_to_result():
    async with stack(shout, linger, gateway=True, analytics=True) as system, Client(system.http) as own:
        async with own.events("task_*", queue="text") as events:
            done = await own.run("text.shout", {"text": "hi"}, id="my-1")
            assert (done.state, bytes(done.output)) == ("completed", b'"HI"')
            event: Event = await anext(events)
            while event.channel != "task_completion":
                event = await anext(events)
            assert isinstance(event.payload, Result)
        again = await own.submit("text.shout", {"text": "hi"}, id="my-1")
        assert again.duplicate
        assert await own.output("my-1") == "HI"
        with pytest.raises(errors.Conflict):
            await own.submit("text.shout", {"text": "ho"}, id="my-1")
        many = await own.submit_many(
            [
                Submission("text.shout", Raw(b'{"text":"a"}')),
                Submission("text.nothing"),
                Submission("text.linger", Raw(b'{"seconds":60}')),
            ]
        )
        assert isinstance(many[1], errors.UnknownFunction)
        with pytest.raises(errors.WaitTimeout):
            await own.result(many[2].id, wait=0.1)
        assert (await own.get(many[2].id)).state == "running"
        assert (await own.cancel(many[2].id, "enough")).id == many[2].id
        assert (await own.result(many[2].id, wait=15)).state == "canceled"
        assert (await own.cancel(many[2].id)).state == "canceled"
        with pytest.raises(errors.NotFound):
            await own.get("nobody")
        ids = {"my-1", many[0].id, many[2].id}

        async def listed():
            rows = [row async for row in own.tasks(queue="text")]
            return ids == {row.id for row in rows if row.finished_at is not None}

        async with asyncio.timeout(20):
            while not await listed():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
