"""WebSocket: subscribe, fall out, come back; nothing missed and nothing twice."""

import asyncio
import json

from tests.wire.gateway.conftest import serving, talking


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
