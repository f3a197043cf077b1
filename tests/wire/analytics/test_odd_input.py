"""Whatever comes, in whatever order, is a row or is set aside with its reason; the service goes on."""

from datetime import timedelta

from subjects import codec, names
from subjects.bus import Records
from subjects.messages import Progress


async def read_all(bus, store, caught_up):
    for stream in ("EVENTS", "METRICS"):
        await caught_up(store, stream, (await Records(bus, stream).info())["state"]["last_seq"])


async def test_events_out_of_order_repeated_and_from_the_future_are_kept_as_they_were_told(
    store, bus, caught_up
):
    now = codec.now()
    subject = names.event("text", "shout", "t-1", "progress")
    for hours in (24 * 400, -5, 0, -24 * 400, 0):
        told = Progress("t-1", "text.shout", 0.5, "half", now + timedelta(hours=hours))
        await bus.store(subject, codec.encode(told))
    await bus.store(subject, b'{"progress":0.5,"colour":"green","at":"9999-12-31T23:59:59Z"}')
    await read_all(bus, store, caught_up)
    found = await store.query(
        "SELECT count(*), count(DISTINCT happened_at), max(year(happened_at)) FROM events"
    )
    assert found.rows == [[6, 5, 9999]]
    # And an export can write such days down.
    assert len([own for own in await store.export() if own.name == "events"]) >= 4


async def test_ten_thousand_labels_and_a_name_of_a_kilobyte_are_rows_and_no_number_is_set_aside(
    store, bus, caught_up
):
    for number in range(10_000):
        await bus.post(f"metric.host-{number}.depth", b'{"label":"%d"}' % number)
    await bus.store(f"metric.a.{'x' * 1000}", b'{"n":1}')
    await bus.store("metric.a.depth", b'{"n":NaN}')
    await bus.store("metric.a.depth", b'{"n":1e999}')
    await bus.store("metric.a.system", b'{"host":"a","cpu_usage":Infinity}')
    await read_all(bus, store, caught_up)
    found = await store.query("SELECT count(DISTINCT host) FROM metrics WHERE kind = 'depth'")
    assert found.rows == [[10_000]]
    assert (await store.query("SELECT max(length(kind)) FROM metrics")).rows == [[1000]]
    assert (await store.query("SELECT count(*) FROM quarantine")).rows == [[3]]
