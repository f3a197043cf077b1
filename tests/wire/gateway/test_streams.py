"""Server-Sent Events: of one task, and of channels."""

import asyncio
import contextlib
import json

import httpx
import pytest

from tests.wire.gateway.conftest import serving
from tests.wire.gateway.test_tasks import finish, shout


class Events:
    """What an EventSource would see."""

    def __init__(self, response):
        self.status = response.status_code
        self.kind = response.headers.get("content-type", "")
        self._lines = response.aiter_lines()

    async def next(self):
        """The next event as (name, id, data), or None at the end; comments are skipped."""
        fields = {}
        async for line in self._lines:
            if not line and "data" in fields:
                return fields.get("event", "message"), fields.get("id"), json.loads(fields["data"])
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        return None

    async def comment(self):
        async for line in self._lines:
            if line.startswith(":"):
                return line
        return None


@contextlib.asynccontextmanager
async def listening(http, path, last=None):
    headers = {} if last is None else {"Last-Event-ID": last}
    async with http.stream("GET", path, headers=headers, timeout=15) as response:
        yield Events(response)


async def tell(bus, kind, body, id="t1"):
    return (await bus.store(f"event.text.shout.{id}.{kind}", json.dumps(body).encode())).sequence


async def test_a_task_tells_what_it_does_and_ends_with_its_result(http, bus):
    await http.post("/api/tasks", json=shout(id="t1"))
    await tell(bus, "started", {"n": 1})
    async with listening(http, "/api/tasks/t1/events") as events:
        assert events.kind.startswith("text/event-stream")
        assert await events.next() == ("started", "1", {"n": 1})
        await tell(bus, "progress", {"progress": 0.5})
        assert await events.next() == ("progress", "2", {"progress": 0.5})
        await finish(bus, "t1")
        name, id, result = await events.next()
        assert (name, id, result["output"]) == ("result", "result", "HI")
        assert await events.next() is None


async def test_last_event_id_goes_on_where_the_client_was(http, bus):
    await http.post("/api/tasks", json=shout(id="t1"))
    for number in range(1, 4):
        await tell(bus, "log", {"n": number})
    async with listening(http, "/api/tasks/t1/events", last="2") as events:
        assert await events.next() == ("log", "3", {"n": 3})


async def test_who_has_heard_the_result_is_told_to_stay_away(http, bus):
    await finish(bus, "t1")
    answer = await http.get("/api/tasks/t1/events", headers={"Last-Event-ID": "result"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_the_events_of_an_unknown_task_are_a_problem(http):
    answer = await http.get("/api/tasks/unknown/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    bad = await http.get("/api/tasks/unknown/events", headers={"Last-Event-ID": "x"})
    assert bad.status_code == 404


async def test_a_last_event_id_that_is_none_is_a_problem(http):
    await http.post("/api/tasks", json=shout(id="t1"))
    answer = await http.get("/api/tasks/t1/events", headers={"Last-Event-ID": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_silent_stream_shows_that_it_lives(nats_server, announced):
    async with (
        serving(nats_server.url, heartbeat=0.05) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        await http.post("/api/tasks", json=shout(id="t1"))
        async with listening(http, "/api/tasks/t1/events") as events:
            assert await events.comment() == ": alive"


async def test_channels_come_as_the_same_frames_as_over_a_socket(http, bus):
    async with listening(http, "/api/events?channel=task_progress&channel=task_completion") as events:
        begun = [await events.next(), await events.next()]
        assert [(name, data["channel"]) for name, _, data in begun] == [
            ("subscribed", "task_progress"),
            ("subscribed", "task_completion"),
        ]
        await tell(bus, "progress", {"n": 1})
        name, id, frame = await events.next()
        epochs = {data["channel"]: data["epoch"] for _, _, data in begun}
        assert (name, frame["channel"], frame["payload"], frame["seq"], frame["prev"]) == (
            "message",
            "task_progress",
            {"n": 1},
            1,
            0,
        )
        assert (
            id == f"task_progress:1:{epochs['task_progress']},task_completion:0:{epochs['task_completion']}"
        )


async def test_a_channel_stream_goes_on_where_it_was_on_every_channel(http, bus):
    path = "/api/events?channel=task_progress&channel=task_completion"
    async with listening(http, path) as events:
        await events.next()
        await events.next()
        await tell(bus, "progress", {"n": 1})
        _, last, _ = await events.next()
    await tell(bus, "progress", {"n": 2})
    await finish(bus, "t1")
    async with listening(http, path, last=last) as events:
        seen = [await events.next() for _ in range(4)]
    frames = [data for name, _, data in seen if name == "message"]
    assert {(frame["channel"], frame["seq"]) for frame in frames} == {
        ("task_progress", 2),
        ("task_completion", 1),
    }


async def test_a_gap_is_an_event_of_its_own(http, bus):
    await tell(bus, "progress", {"n": 1})
    async with listening(
        http, "/api/events?channel=task_progress", last="task_progress:1:elsewhere"
    ) as events:
        assert (await events.next())[0] == "subscribed"
        name, _, gap = await events.next()
        assert (name, gap["reason"]) == ("gap", "epoch")


async def test_who_goes_away_is_forgotten(gateway, http):
    async with listening(http, "/api/events?channel=task_progress") as events:
        await events.next()
        assert gateway.parts.fanout.gauges() == {"clients": 1, "subscriptions": 1}
    async with asyncio.timeout(30):
        while gateway.parts.fanout.gauges()["clients"]:  # noqa: ASYNC110 - only the stream knows
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/api/events?channel=task_progress", "/api/tasks/t1/events"])
async def test_a_gateway_that_stops_ends_its_streams(nats_server, announced, path):
    async with serving(nats_server.url) as gateway, httpx.AsyncClient(base_url=gateway.url) as http:
        await http.post("/api/tasks", json=shout(id="t1"))
        async with listening(http, path) as events:
            stopping = asyncio.create_task(gateway.stop())
            while await events.next() is not None:
                pass
            await stopping
