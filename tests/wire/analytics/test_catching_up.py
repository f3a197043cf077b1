"""While analytics is off everybody else works on; back again it catches up, and says how that goes."""

import asyncio
import contextlib

import msgspec
import pytest
from structlog.testing import capture_logs

from analytics import service
from functions import function
from functions import service as functions
from functions.settings import WorkerSettings
from subjects import errors
from subjects.bus import Records
from subjects.messages import Submission
from subjects.settings import NatsSettings

MANY = 6000


@function("text.louder")
async def louder(text: str) -> str:
    """The text in capitals."""
    return text.upper()


@pytest.fixture
def slow(settings):
    """So small batches that catching up takes several lines."""
    return msgspec.structs.replace(settings, batch=100, progress_every=0.05)


async def seen_on_its_way(client):
    """What `revo analytics status` is told of the stream of results while it is read."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(errors.Unavailable):
                answer = await client.query("positions")
                rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
                [own] = [own for own in rows if own["stream"] == "RESULTS"]
                if own["rows_per_s"]:
                    return own


async def test_what_came_while_analytics_was_off_is_caught_up_and_told_line_by_line(
    slow, bus, client, nats_server, publish, made, caught_up
):
    await publish(*(made(number) for number in range(MANY)))
    worker = WorkerSettings(nats=NatsSettings(url=nats_server.url), name="w-1")
    async with functions.running(worker, [louder]):
        given = [Submission(function="text.louder", input=msgspec.Raw(b'{"text":"hi"}')) for _ in range(20)]
        accepted = await client.submit_many(given)
        results = await asyncio.gather(*(client.result(own.id, 10) for own in accepted))
    assert {bytes(own.output) for own in results} == {b'"HI"'}
    last = (await Records(bus, "RESULTS").info())["state"]["last_seq"]
    assert last == MANY + 20
    looking = asyncio.create_task(seen_on_its_way(client))
    with capture_logs() as said:
        async with service.running(slow) as store:
            own = await looking
            await caught_up(store, "RESULTS", last)
            counted = await store.query("SELECT count(*), count(DISTINCT id), max(stream_seq) FROM tasks")
    assert counted.rows == [[last, last, last]]
    assert own["behind"] > 0
    assert own["seconds_left"] > 0
    lines = [line for line in said if line["event"] == "catching up" and line["stream"] == "RESULTS"]
    assert len(lines) >= 2
    assert all(line["rows_per_s"] > 0 and line["seconds_left"] > 0 for line in lines)
    assert [line["behind"] for line in lines] == sorted((line["behind"] for line in lines), reverse=True)
    [end] = [line for line in said if line["event"] == "caught up" and line["stream"] == "RESULTS"]
    assert lines[-1]["rows"] <= end["rows"] <= last
