"""WebSocket: commands, bad frames, and who may open which socket."""

import json

import httpx
import pytest
import websockets

from gateway.sockets.commands import task_id
from subjects.bus import Records
from tests.wire.gateway.conftest import talking

SHOUT = {"function": "text.shout", "input": {"text": "hi"}}


async def test_a_command_is_acknowledged_with_the_task(talk, bus):
    await talk.say("submit", "c1", **SHOUT)
    ack = await talk.hear()
    assert (ack["type"], ack["id"], ack["payload"]["state"]) == ("ack", "c1", "queued")
    assert ack["payload"]["id"] == task_id("tab", "c1")
    stored = await Records(bus, "TASKS").last("task.text.medium.shout.*")
    assert json.loads(stored.data) == {"text": "hi"}


async def test_a_command_sent_again_after_a_drop_is_the_same_task(gateway, bus):
    tasks = []
    for _ in range(2):
        async with talking(gateway.url, "/ws/tab-9") as talk:
            await talk.say("submit", 17, **SHOUT)
            tasks.append((await talk.hear("ack"))["payload"]["id"])
    assert tasks[0] == tasks[1]
    assert len(await Records(bus, "TASKS").range("task.text.>", 1)) == 1


async def test_the_same_command_id_of_two_clients_is_two_tasks(gateway, bus):
    for path in ("/ws/a", "/ws/b"):
        async with talking(gateway.url, path) as talk:
            await talk.say("submit", 1, **SHOUT)
            await talk.hear("ack")
    assert len(await Records(bus, "TASKS").range("task.text.>", 1)) == 2


async def test_an_agent_task_and_its_cancel(talk):
    await talk.say("agent_task", 1, **SHOUT, priority="high")
    id = (await talk.hear("ack"))["payload"]["id"]
    for number in (2, 3):
        await talk.say("cancel", number, id=id)
        canceled = await talk.hear("ack")
        assert (canceled["id"], canceled["payload"]["state"]) == (number, "canceled")


async def test_a_task_for_an_agent_needs_no_function_and_is_one_task_when_sent_again(http, talk, bus):
    await http.post("/api/agents", json={"id": "scout", "capabilities": ["text"]})
    for _ in range(2):
        await talk.say("agent_task", 1, agent="scout", input={"text": "hi"})
        assert (await talk.hear("ack"))["payload"]["function"] == "text.shout"
    [stored] = await Records(bus, "TASKS").range("task.text.>", 1)
    assert stored.headers["Task-Agent"] == "scout"
    await talk.say("agent_task", 2, agent="scout", function="perfect_recall.memory_store")
    assert (await talk.hear("error"))["payload"]["code"] == "forbidden"


async def test_a_subscription_stands_before_the_next_command_runs(talk):
    await talk.say("subscribe", 1, channel="task_completion")
    await talk.say("submit", 2, **SHOUT, id="quick")
    await talk.say("ping", 3)
    await talk.hear("ack")
    await talk.say("cancel", 4, id="quick")
    assert (await talk.hear("event"))["payload"]["state"] == "canceled"


async def test_the_status_of_agents_can_be_asked(talk):
    await talk.say("get_agent_status", 1)
    [status] = (await talk.hear("ack"))["payload"]
    assert (status["queue"], status["status"]) == ("text", "offline")
    await talk.say("get_agent_status", 2, agent="nobody")
    assert (await talk.hear("error"))["payload"]["code"] == "not_found"


async def test_a_ping_is_answered_with_what_it_carried(talk):
    await talk.say("ping", 5, n=1)
    assert await talk.hear() == {"type": "pong", "id": 5, "payload": {"n": 1}}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("hello", "invalid_json"),
        ("[" * 5000, "too_deep"),
        ('{"type": 1}', "invalid_request"),
        ("[]", "invalid_request"),
        ('{"type": "dance"}', "invalid_request"),
        ('{"type": "subscribe", "payload": {"channel": "nope"}}', "unknown_channel"),
        ('{"type": "subscribe", "payload": {"channel": "task_progress", "since": -1}}', "invalid_request"),
        ('{"type": "subscribe", "payload": {"channel": "task_progress", "since": 1e400}}', "invalid_request"),
        (
            '{"type": "subscribe", "payload": {"channel": "task_progress", "filters": {"id": "*"}}}',
            "invalid_id",
        ),
        ('{"type": "subscribe", "payload": {}}', "invalid_request"),
        ('{"type": "submit", "payload": {"function": "text.no"}}', "unknown_function"),
        ('{"type": "submit", "payload": {"function": "text.shout", "input": NaN}}', "invalid_json"),
        ('{"type": "submit", "payload": {"function": "text.>"}}', "invalid_id"),
        ('{"type": "cancel", "payload": {"id": "unknown"}}', "not_found"),
        (b'{"type": "\xff"}', "invalid_utf8"),
    ],
)
async def test_a_bad_frame_is_an_error_frame_and_the_socket_lives(talk, frame, code):
    await talk.socket.send(frame, text=True) if isinstance(frame, bytes) else await talk.socket.send(frame)
    error = await talk.hear()
    assert (error["type"], error["payload"]["code"]) == ("error", code)
    await talk.say("ping", 1)
    assert (await talk.hear())["type"] == "pong"


async def test_after_ten_bad_frames_the_socket_is_closed(talk):
    for _ in range(10):
        await talk.socket.send("nonsense")
    assert (await talk.closed())[0] == 4400


async def test_pieces_of_a_message_are_put_together(talk):
    await talk.socket.send(['{"type": "pi', 'ng", "id"', ": 7}"])
    assert (await talk.hear())["id"] == 7


async def test_a_page_of_elsewhere_may_not_open_a_socket(gateway):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(gateway.url.replace("http", "ws") + "/ws", origin="https://evil.example")
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["code"] == "forbidden"
    async with talking(gateway.url, origin=gateway.url):
        pass


@pytest.mark.parametrize("path", ["/elsewhere", "/ws/a/b", "/ws/a.b", "/ws/" + "x" * 65])
async def test_there_are_no_sockets_elsewhere(gateway, path):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(gateway.url.replace("http", "ws") + path)
    assert refused.value.response.status_code in (404, 422)


async def test_the_logs_of_an_agent_have_an_address_of_their_own(gateway, bus):
    async with talking(gateway.url, "/ws/agents/text/logs") as talk:
        assert (await talk.hear("subscribed"))["channel"] == "task_events"
        await bus.store("event.other.f.t1.log", b'{"message": "not mine"}')
        await bus.store("event.text.shout.t1.progress", b"{}")
        await bus.store("event.text.shout.t1.log", b'{"message": "mine"}')
        assert (await talk.hear("event"))["payload"] == {"message": "mine"}


async def test_the_engines_have_an_address_of_their_own(gateway, bus):
    async with talking(gateway.url, "/ws/engines/status") as talk:
        await talk.hear("subscribed")
        await bus.store("metric.perfect_recall.engine_status", b'{"queue": "perfect_recall"}')
        assert (await talk.hear("event"))["payload"] == {"queue": "perfect_recall"}


async def test_a_socket_address_asked_by_plain_http_says_so(http: httpx.AsyncClient):
    answer = await http.get("/ws")
    assert answer.status_code in (404, 426)
