"""Clients that are slow, dead, too many or too loud; and that the others notice nothing."""

import asyncio
import json

import pytest
import websockets

from tests.wire.gateway.conftest import serving, talking


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
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        # Reads to the end: the gateway hangs up by itself.
        assert b"101 Switching Protocols" in await reader.read()
        writer.close()


async def test_a_message_too_big_closes_the_socket(nats_server, announced):
    async with serving(nats_server.url, max_frame=10_000) as gateway, talking(gateway.url) as talk:
        await talk.socket.send("x" * 10_001)
        assert (await talk.closed())[0] == 1009


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
