"""WebSocket: subscribe, command, fall behind, come back."""

import asyncio
import json

import httpx
import pytest
import websockets

from gateway.sockets.commands import task_id
from subjects.bus import Records
from tests.wire.gateway.conftest import serving, talking

SHOUT = {"function": "text.shout", "input": {"text": "hi"}}


async def progress(bus, number, id="t1"):
    return (await bus.store(f"event.text.shout.{id}.progress", json.dumps({"n": number}).encode())).sequence


async def test_events_come_in_order_and_chained(talk, bus):
    await talk.say("subscribe", "s", channel="task_progress")
    begun = await talk.hear()
    assert (begun["type"], begun["id"], begun["channel"], begun["seq"]) == (
        "subscribed",
        "s",
        "task_progress",
        0,
    )
    await progress(bus, 1)
    await bus.store("event.text.shout.t1.log", b'{"message": "not on this channel"}')
    await progress(bus, 2)
    first, second = await talk.events(2)
    assert {"channel", "payload", "seq", "prev", "epoch"} <= set(first)
    assert (first["payload"], first["seq"], first["prev"]) == ({"n": 1}, 1, 0)
    assert (second["payload"], second["seq"], second["prev"]) == ({"n": 2}, 3, 1)
    assert first["epoch"] == begun["epoch"]


async def test_a_filter_lets_one_task_through(talk, bus):
    await talk.say("subscribe", 1, channel="task_progress", filters={"id": "mine"})
    await talk.hear("subscribed")
    await progress(bus, 1, "other")
    await progress(bus, 2, "mine")
    await progress(bus, 3, "other")
    await progress(bus, 4, "mine")
    assert [event["payload"]["n"] for event in await talk.events(2)] == [2, 4]


async def test_a_pattern_is_several_channels(talk, bus):
    await talk.say("subscribe", 1, pattern="task_*")
    begun = [(await talk.hear("subscribed"))["channel"] for _ in range(3)]
    assert begun == ["task_completion", "task_progress", "task_events"]
    await progress(bus, 1)
    assert {event["channel"] for event in await talk.events(2)} == {"task_progress", "task_events"}


async def test_unsubscribed_is_silent(talk, bus):
    await talk.say("subscribe", 1, channel="task_progress")
    await talk.say("subscribe", 2, channel="task_events")
    await talk.say("unsubscribe", 3, channel="task_progress")
    assert (await talk.hear("unsubscribed"))["channels"] == ["task_progress"]
    await progress(bus, 1)
    await progress(bus, 2)
    assert {event["channel"] for event in await talk.events(2)} == {"task_events"}


async def test_since_brings_what_was_missed_and_then_the_news(talk, bus):
    for number in range(1, 6):
        await progress(bus, number)
    await talk.say("subscribe", 1, channel="task_progress", since=2)
    assert (await talk.hear("subscribed"))["seq"] == 2
    await progress(bus, 6)
    events = await talk.events(4)
    assert [event["payload"]["n"] for event in events] == [3, 4, 5, 6]
    assert [event["prev"] for event in events] == [2, 3, 4, 5]


async def test_a_resume_that_needs_many_pages_is_complete(talk, bus):
    await asyncio.gather(*(progress(bus, number, f"t{number}") for number in range(1300)))
    await talk.say("subscribe", 1, channel="task_progress", since=0)
    events = await talk.events(1300)
    assert [event["seq"] for event in events] == list(range(1, 1301))


async def test_a_gateway_may_die_and_another_goes_on_with_nothing_missed_and_nothing_twice(
    nats_server, announced, bus
):
    async with serving(nats_server.url) as first, talking(first.url) as talk:
        await talk.say("subscribe", 1, channel="task_progress")
        await talk.hear("subscribed")
        await progress(bus, 1)
        [seen] = await talk.events(1)
        await first.stop()
        code, reason = await talk.closed()
        assert code == 1012
        assert reason.startswith("retry=")
    await progress(bus, 2)
    async with serving(nats_server.url) as second, talking(second.url) as talk:
        await talk.say("subscribe", 1, channel="task_progress", since=seen["seq"], epoch=seen["epoch"])
        await talk.hear("subscribed")
        await progress(bus, 3)
        events = await talk.events(2)
    assert [(event["payload"]["n"], event["prev"]) for event in events] == [(2, 1), (3, 2)]


async def test_two_gateways_show_the_same(nats_server, announced, bus, gateway, talk):
    async with serving(nats_server.url) as other, talking(other.url) as there:
        for one in (talk, there):
            await one.say("subscribe", 1, channel="task_progress")
            await one.hear("subscribed")
        await progress(bus, 1)
        assert await talk.hear() == await there.hear()


async def test_a_stream_made_anew_is_a_gap_and_the_new_one_goes_on(nats_server, announced, bus):
    from infra import topology

    async with serving(nats_server.url, check_every=0.05) as gateway, talking(gateway.url) as talk:
        await talk.say("subscribe", 1, channel="task_progress")
        old = await talk.hear("subscribed")
        await progress(bus, 1)
        await talk.events(1)
        await bus.api("STREAM.DELETE.EVENTS")
        await topology.apply(bus)
        gap = await talk.hear("gap")
        assert (gap["channel"], gap["reason"]) == ("task_progress", "epoch")
        assert gap["epoch"] != old["epoch"]
        sequence = await progress(bus, 2)
        [event] = await talk.events(1)
        assert (event["payload"], event["seq"], event["epoch"]) == ({"n": 2}, sequence, gap["epoch"])


async def test_coming_back_with_the_epoch_of_a_stream_that_is_gone_is_a_gap(talk, bus):
    await progress(bus, 1)
    await talk.say("subscribe", 1, channel="task_progress", since=900, epoch="0")
    begun = await talk.hear("subscribed")
    gap = await talk.hear()
    assert (gap["type"], gap["reason"], gap["to"]) == ("gap", "epoch", begun["seq"])
    await progress(bus, 2)
    assert [event["payload"]["n"] for event in await talk.events(1)] == [2]


async def test_history_that_is_gone_is_a_gap_and_what_is_left_follows(talk, bus):
    for number in range(1, 6):
        await progress(bus, number)
    await bus.api("STREAM.PURGE.EVENTS", {"seq": 4})
    await talk.say("subscribe", 1, channel="task_progress", since=1)
    await talk.hear("subscribed")
    gap = await talk.hear()
    assert (gap["type"], gap["from"], gap["to"], gap["reason"]) == ("gap", 2, 3, "trimmed")
    assert [(event["seq"], event["prev"]) for event in await talk.events(2)] == [(4, 3), (5, 4)]


async def test_what_the_feed_lost_is_read_from_the_stream(gateway, talk, bus, monkeypatch):
    await talk.say("subscribe", 1, channel="task_progress")
    await talk.hear("subscribed")
    from gateway.fanout.feed import Feed

    handle, lost = Feed._on_message, []

    async def lossy(feed, message):
        if message.headers["Nats-Sequence"] in ("2", "3"):
            lost.append(message)
            return
        await handle(feed, message)

    # The subscription holds the bound method already: lose messages where they come in.
    feed = next(iter(gateway.parts.fanout._feeds.values()))
    feed._subscription._cb = lambda message: lossy(feed, message)
    for number in range(1, 5):
        await progress(bus, number)
    assert [event["seq"] for event in await talk.events(4)] == [1, 2, 3, 4]
    assert len(lost) == 2


async def test_a_slow_client_gets_everything_later_and_the_others_notice_nothing(nats_server, announced, bus):
    big = json.dumps({"x": "y" * 50_000}).encode()
    async with (
        serving(nats_server.url, ring=10, buffer=4096) as gateway,
        talking(gateway.url, "/ws/slow", max_queue=1) as slow,
        talking(gateway.url, "/ws/quick") as quick,
    ):
        for one in (slow, quick):
            await one.say("subscribe", 1, channel="task_progress")
            await one.hear("subscribed")
        # More than the buffers of both kernels hold, so that the slow one stands still.
        reading = asyncio.create_task(quick.events(400))
        for number in range(400):
            await bus.store(f"event.text.shout.t{number}.progress", big)
        assert [event["seq"] for event in await reading] == list(range(1, 401))
        assert any(listener.paused_at is not None for listener in gateway.parts.fanout.listeners)
        assert [event["seq"] for event in await slow.events(400)] == list(range(1, 401))


async def test_a_client_that_is_too_far_behind_gets_a_gap_that_says_what_it_missed(
    nats_server, announced, bus
):
    big = json.dumps({"x": "y" * 50_000}).encode()
    async with (
        serving(nats_server.url, ring=10, buffer=4096, replay=20) as gateway,
        talking(gateway.url, "/ws/slow", max_queue=1) as slow,
        talking(gateway.url, "/ws/quick") as quick,
    ):
        for one in (slow, quick):
            await one.say("subscribe", 1, channel="task_progress")
            await one.hear("subscribed")
        reading = asyncio.create_task(quick.events(400))
        for number in range(400):
            await bus.store(f"event.text.shout.t{number}.progress", big)
        await reading
        covered, last = [], 0
        while last < 400:
            frame = await slow.hear("event", "gap")
            start, last = (frame["from"], frame["to"]) if frame["type"] == "gap" else (frame["seq"],) * 2
            covered += range(start, last + 1)
        assert covered == list(range(1, 401))
        assert gateway.parts.counters.gaps["task_progress", "slow"] >= 1


async def test_a_slow_client_of_measurements_gets_the_newest_only(nats_server, announced, bus):
    async with (
        serving(nats_server.url, buffer=4096) as gateway,
        talking(gateway.url, "/ws/slow", max_queue=1) as slow,
        talking(gateway.url, "/ws/quick") as quick,
    ):
        for one in (slow, quick):
            await one.say("subscribe", 1, channel="system_metrics")
            await one.hear("subscribed")
        reading = asyncio.create_task(quick.events(400))
        for number in range(400):
            await bus.store("metric.host1.system", json.dumps({"n": number, "x": "y" * 50_000}).encode())
        await reading
        heard, last = [], None
        while last != 399:
            event = await slow.hear("event")
            assert event["prev"] == (heard[-1] if heard else 0)
            heard.append(event["seq"])
            last = event["payload"]["n"]
        assert len(heard) < 400


async def test_a_client_that_never_reads_is_sent_away(nats_server, announced, bus):
    async with (
        serving(nats_server.url, buffer=4096, patience=0.2, heartbeat=0.5) as gateway,
        talking(gateway.url, "/ws/slow", max_queue=1, close_timeout=0.1) as slow,
    ):
        await slow.say("subscribe", 1, channel="task_progress")
        await slow.hear("subscribed")
        slow.socket.transport.pause_reading()
        for number in range(300):
            await bus.store(f"event.text.shout.t{number}.progress", b'"' + b"y" * 50_000 + b'"')
        while gateway.parts.fanout.listeners:  # noqa: ASYNC110 - the socket is the only one that knows
            await asyncio.sleep(0.02)
        assert gateway.parts.counters.closed[4408] == 1


async def test_a_client_that_answers_no_ping_is_gone(nats_server, announced):
    async with serving(nats_server.url, heartbeat=0.1) as gateway:
        host, port = gateway.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        # Reads to the end: the gateway hangs up by itself.
        assert b"101 Switching Protocols" in await reader.read()
        writer.close()


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


async def test_a_message_too_big_closes_the_socket(nats_server, announced):
    async with serving(nats_server.url, max_frame=10_000) as gateway, talking(gateway.url) as talk:
        await talk.socket.send("x" * 10_001)
        assert (await talk.closed())[0] == 1009


async def test_pieces_of_a_message_are_put_together(talk):
    await talk.socket.send(['{"type": "pi', 'ng", "id"', ": 7}"])
    assert (await talk.hear())["id"] == 7


async def test_ten_thousand_frames_at_once_are_all_answered(talk):
    async def ask():
        for number in range(10_000):
            await talk.say("ping", number)

    asking = asyncio.create_task(ask())
    assert [(await talk.hear("pong"))["id"] for _ in range(10_000)] == list(range(10_000))
    await asking


async def test_subscriptions_have_a_bound(nats_server, announced):
    async with serving(nats_server.url, max_subscriptions=2) as gateway, talking(gateway.url) as talk:
        for id in ("a", "b", "c"):
            await talk.say("subscribe", id, channel="task_progress", filters={"id": id})
        assert [(await talk.hear())["type"] for _ in range(3)] == ["subscribed", "subscribed", "error"]


async def test_sockets_have_a_bound(nats_server, announced):
    async with serving(nats_server.url, max_sockets=1) as gateway, talking(gateway.url):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(gateway.url.replace("http", "ws") + "/ws")
        assert refused.value.response.status_code == 503


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
