"""What the Python client of the gateway is made of, without a gateway."""

import subprocess
import sys

import msgspec

from gateway.client.feed import Feed, Listener, Place
from gateway.client.frames import Gap, Subscribed, Told, read
from subjects.messages import Progress

HEAVY = {"nats", "litestar", "duckdb", "numpy", "structlog", "picows"}
EVENT = {"type": "event", "channel": "task_progress", "seq": 2, "prev": 1, "epoch": "e"}


def test_the_client_brings_nothing_of_the_system_with_it():
    probe = f"import gateway.client, sys; print({{name.partition('.')[0] for name in sys.modules}} & {HEAVY})"
    ran = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "set()"


def test_a_payload_is_read_as_what_its_channel_carries_or_as_plain_data():
    fits = {"id": "a", "function": "t.f", "progress": 0.5, "message": "", "at": "2026-01-01T00:00:00Z"}
    assert isinstance(read(msgspec.json.encode({**EVENT, "payload": fits})).event().payload, Progress)
    assert read(msgspec.json.encode({**EVENT, "payload": {"n": 5}})).event().payload == {"n": 5}


def told(seq, prev, epoch="e"):
    return Told("c", msgspec.Raw(b"null"), seq, prev, epoch)


def begun(*listeners, at=0):
    feed = Feed("c", {})
    for listener in listeners:
        feed.add(listener, None)
    [subscribe] = feed.frames()
    assert subscribe.type == "subscribe"
    feed.begun(Subscribed("c", at, "e"))
    return feed


def seqs(listener):
    found = [one.seq if isinstance(one, Told) else f"gap to {one.to}" for one in listener.waiting]
    listener.waiting.clear()
    return found


def asked(feed):
    return [(frame.type, msgspec.json.decode(frame.payload).get("since")) for frame in feed.frames()]


def test_a_hole_is_asked_for_again_and_nothing_is_handed_on_before():
    listener = Listener(10)
    feed = begun(listener)
    feed.take(told(1, 0))
    assert feed.take(told(3, 2))
    feed.take(told(4, 3))
    assert asked(feed) == [("subscribe", 1)]
    feed.begun(Subscribed("c", 1, "e"))
    for seq in (1, 2, 3, 4):
        feed.take(told(seq, seq - 1))
    assert seqs(listener) == [1, 2, 3, 4]


def test_a_listener_without_room_goes_on_where_it_is_and_others_do_not_wait():
    slow, quick = Listener(2), Listener(10)
    feed = begun(slow, quick)
    for seq in (1, 2, 3, 4):
        feed.take(told(seq, seq - 1))
    assert asked(feed) == []
    assert seqs(quick) == [1, 2, 3, 4]
    assert seqs(slow) == [1, 2]
    assert slow.caught_up()
    feed.rewind()
    assert asked(feed) == [("subscribe", 2)]
    feed.begun(Subscribed("c", 2, "e"))
    for seq in (3, 4, 5):
        feed.take(told(seq, seq - 1))
    assert (seqs(slow), seqs(quick)) == ([3, 4], [5])


def test_where_nobody_has_room_the_gateway_sends_nothing():
    listener = Listener(1)
    feed = begun(listener)
    feed.take(told(1, 0))
    assert feed.take(told(2, 1))
    assert asked(feed) == [("unsubscribe", None)]
    assert asked(feed) == []


def test_who_listens_from_now_on_hears_nothing_of_what_another_goes_back_to():
    back, now = Listener(10), Listener(10)
    feed = Feed("c", {})
    feed.add(back, Place(3, "e"))
    feed.add(now, None)
    assert asked(feed) == [("subscribe", None)]
    feed.begun(Subscribed("c", 5, "e"))
    assert asked(feed) == [("subscribe", 3)]
    feed.begun(Subscribed("c", 3, "e"))
    for seq in (4, 5, 6):
        feed.take(told(seq, seq - 1))
    assert (seqs(back), seqs(now)) == ([4, 5, 6], [6])


def test_a_renewed_stream_is_one_gap_though_it_is_told_twice():
    listener = Listener(10)
    feed = begun(listener, at=90)
    feed.lost()
    assert asked(feed) == [("subscribe", 90)]
    feed.begun(Subscribed("c", 2, "f"))
    feed.skip(Gap("c", 2, "f", "epoch"))
    feed.take(told(3, 2, "f"))
    assert seqs(listener) == ["gap to 2", 3]
