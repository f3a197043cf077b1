"""Every message becomes one row, whatever it is and whatever was there before."""

import asyncio

import pytest
from msgspec import Raw, structs

from analytics import rows, service
from analytics.ingest import align
from analytics.settings import AnalyticsSettings
from analytics.store import Batch, Position
from infra import topology
from subjects import codec, names
from subjects.agents import Agent, Definition
from subjects.alerts import Alert
from subjects.bus import Records
from subjects.errors import ErrorInfo
from subjects.kv import Bucket
from subjects.messages import DeadLetter, LogLine, Network, Progress, Retried, SystemMetrics

RESULTS = rows.SOURCES[0]
FAILURE = ErrorInfo("timeout", "too slow", True)


async def tables(store):
    """Everything that is kept, in an order that does not depend on when it came."""
    names = ("tasks", "events", "metrics", "system_metrics")
    return {name: (await store.query(f"FROM {name} ORDER BY stream_seq")).rows for name in names}


async def last(bus, stream):
    return (await Records(bus, stream).info())["state"]["last_seq"]


async def test_a_result_is_a_row(store, publish, made, caught_up):
    await publish(made(1, state="failed", error=FAILURE, output=Raw(b"null")))
    await caught_up(store, "RESULTS", 1)
    table = await store.query("FROM tasks")
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["id"], row["queue"], row["function"], row["state"]) == ("t-1", "text", "shout", "failed")
    assert (row["queue_ms"], row["run_ms"], row["total_ms"]) == (2.0, 8.0, 10.0)
    assert (row["error_type"], row["error_message"]) == ("timeout", "too slow")
    assert row["submitted_at"] == made(1).submitted_at


async def test_a_row_is_there_within_a_second_of_its_result(bus, settings, publish, made, caught_up):
    patient = structs.replace(settings, flush=AnalyticsSettings().flush)
    async with service.running(patient) as store:
        await publish(made(1))
        async with asyncio.timeout(1):
            await caught_up(store, "RESULTS", 1)


async def test_many_results_are_as_many_rows(store, publish, made, caught_up):
    await publish(*(made(number) for number in range(2000)))
    await caught_up(store, "RESULTS", 2000)
    table = await store.query("SELECT count(*), count(DISTINCT id), max(stream_seq) FROM tasks")
    assert table.rows == [[2000, 2000, 2000]]


async def test_events_and_metrics_are_rows_too(store, bus, made, caught_up):
    now = codec.now()
    told = {
        "progress": Progress("t-1", "text.shout", 0.5, "half", now),
        "log": LogLine("t-1", "text.shout", "info", "hi", now, 1, {"a": [1, None]}),
        "retry": Retried("t-1", "text.shout", 1, 2, 1, 0.5, now, FAILURE),
    }
    for kind, event in told.items():
        await bus.store(names.event("text", "shout", "t-1", kind), codec.encode(event))
    load = SystemMetrics("a", 1.0, 2.0, 3.0, Network(4, 5), now, [0.5], {"w": 6.0})
    await bus.store(names.metric("a", "system"), codec.encode(load))
    await bus.store(names.metric("a", "depth"), b'{"tons": 3}')
    await caught_up(store, "EVENTS", 3)
    await caught_up(store, "METRICS", await last(bus, "METRICS"))
    events = await store.query("SELECT kind, progress, message, fields, next_attempt, error_type FROM events")
    assert sorted(events.rows, key=lambda row: row[0]) == [
        ["log", None, "hi", Raw(b'{"a":[1,null]}'), None, None],
        ["progress", 0.5, "half", None, None, None],
        ["retry", None, None, None, 2, "timeout"],
    ]
    [system] = (await store.query("SELECT * EXCLUDE (stream_seq, measured_at) FROM system_metrics")).rows
    assert system == ["a", 1.0, 2.0, 3.0, 4, 5, [0.5], Raw(b'{"w":6.0}')]
    other = await store.query("SELECT kind, data FROM metrics WHERE host = 'a'")
    assert other.rows == [["depth", Raw(b'{"tons":3}')]]


async def test_agents_dead_letters_and_requests_to_models_are_rows_too(store, bus, caught_up):
    agents = Bucket(bus, "agents", Agent)
    definition = Definition(capabilities=["text"], config={"token": "hush"})
    await agents.put("qa", Agent("qa", definition, codec.now(), codec.now()))
    await agents.delete("qa")
    letter = DeadLetter("t-1", "text.shout", "high", Raw(b"{}"), FAILURE, 3, codec.now())
    await bus.store(names.dead_letter("text", "shout", "t-1"), codec.encode(letter))
    alert = Alert("a-1", "cpu", "critical", "firing", "95 %", codec.now(), codec.now(), {"host": "a"}, 95.0)
    await bus.store(names.metric("cpu", "system_alert"), codec.encode(alert))
    for stream in ("KV_agents", "DLQ", "METRICS"):
        await caught_up(store, stream, await last(bus, stream))
    states = await store.query("SELECT deleted, capabilities, config_keys FROM agents ORDER BY revision")
    assert states.rows == [[False, ["text"], ["token"]], [True, None, None]]
    assert (await store.query("FROM registered_agents")).rows == []
    letters = await store.query("SELECT id, queue, kind, attempts, error_type, input_bytes FROM dead_letters")
    assert letters.rows == [["t-1", "text", "failed", 3, "timeout", 2]]
    alerts = await store.query("SELECT id, kind, labels, value, silenced FROM alerts")
    assert alerts.rows == [["a-1", "system_alert", Raw(b'{"host":"a"}'), 95.0, False]]
    assert (await store.query("FROM quarantine")).rows == []


@pytest.mark.parametrize("between", [True, False], ids=["in two batches", "in one batch"])
async def test_the_newer_outcome_of_a_task_replaces_the_older(
    bus, settings, publish, made, caught_up, between
):
    async def again():
        await Records(bus, "RESULTS").purge(names.any_result("t-1"))
        await publish(made(1, attempts=2), made(3))

    await publish(made(1, state="failed"), made(2))
    if not between:
        await again()
    async with service.running(settings) as store:
        if between:
            await caught_up(store, "RESULTS", 2)
            await again()
        await caught_up(store, "RESULTS", 4)
        table = await store.query("SELECT id, state, attempts FROM tasks ORDER BY id")
    assert table.rows == [["t-1", "completed", 2], ["t-2", "completed", 1], ["t-3", "completed", 1]]


async def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(store, bus, publish, made, caught_up):
    await publish(made(1))
    await bus.store("result.text.shout.bad", b"not json")
    await bus.store("result.text.shout.other", codec.encode(made(2)))
    await publish(made(3))
    await caught_up(store, "RESULTS", 4)
    kept = await store.query("SELECT id FROM tasks ORDER BY id")
    aside = await store.query(
        "SELECT stream, stream_seq, subject, payload FROM quarantine ORDER BY stream_seq"
    )
    assert kept.rows == [["t-1"], ["t-3"]]
    assert aside.rows[0] == ["RESULTS", 2, "result.text.shout.bad", "not json"]
    assert aside.rows[1][:3] == ["RESULTS", 3, "result.text.shout.other"]


async def test_a_line_that_duckdb_refuses_is_found_among_the_good_ones(store):
    good = {number: b'{"host":"a","kind":"k","measured_at":"2030-01-01","data":{},"stream_seq":%d}' % number
            for number in range(20)}  # fmt: skip
    bad = {7: good[7].replace(b":7", b":-7"), 13: good[13].replace(b'"a"', b"null")}
    assert await store.append(Batch({"metrics": {**good, **bad}}, Position("METRICS", "x", 20))) == 2
    assert (await store.query("SELECT count(*) FROM metrics WHERE host = 'a'")).rows == [[18]]
    reasons = await store.query("SELECT subject, reason FROM quarantine ORDER BY reason")
    assert [row[0] for row in reasons.rows] == ["metrics", "metrics"]
    assert "NOT NULL" in reasons.rows[0][1]


async def test_a_deleted_file_is_filled_from_the_streams_again(bus, settings, publish, made, caught_up):
    await publish(*(made(number) for number in range(300)))
    for number in range(50):
        told = Progress("t-1", "text.shout", number / 50, "", codec.now())
        await bus.store(names.event("text", "shout", "t-1", "progress"), codec.encode(told))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 300)
        await caught_up(store, "EVENTS", 50)
        before = await tables(store)
    settings.file.unlink()
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 300)
        await caught_up(store, "EVENTS", 50)
        after = await tables(store)
    assert len(before["tasks"]) == 300
    assert before["tasks"] == after["tasks"]
    assert before["events"] == after["events"]


async def test_a_stream_made_anew_is_read_from_its_beginning(store, bus, publish, made, caught_up):
    await publish(made(1), made(2))
    await caught_up(store, "RESULTS", 2)
    await bus.api("STREAM.DELETE.RESULTS")
    await topology.apply(bus)
    await publish(made(1, state="canceled"), made(3), made(4))
    await caught_up(store, "RESULTS", 3)
    table = await store.query("SELECT id, state FROM tasks ORDER BY id")
    assert table.rows == [
        ["t-1", "canceled"],
        ["t-2", "completed"],
        ["t-3", "completed"],
        ["t-4", "completed"],
    ]


async def test_a_consumer_that_is_gone_or_ahead_does_not_matter(bus, settings, publish, made, caught_up):
    await publish(made(1))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 1)
        await bus.api("CONSUMER.DELETE.RESULTS.analytics_results")
        await publish(made(2))
        await caught_up(store, "RESULTS", 2)
        older = await store.position("RESULTS")
        assert older is not None
        await store.move(structs.replace(older, sequence=1))
    async with service.running(settings) as store:
        await caught_up(store, "RESULTS", 2)
        assert (await store.query("SELECT count(*) FROM tasks")).rows == [[2]]


async def test_numbers_that_the_server_gave_twice_are_read_twice(store, bus, publish, made, caught_up):
    """A server that dies may forget the last messages of a stream and give their numbers to others."""
    await publish(*(made(number) for number in range(10)))
    await caught_up(store, "RESULTS", 10)
    known = await store.position("RESULTS")
    assert known is not None
    remembered = structs.replace(known, sequence=17)
    await store.move(remembered)
    assert (await align(bus, store, RESULTS)).sequence == 10
    await publish(*(made(number) for number in range(10, 30)))
    await store.move(remembered)
    assert (await align(bus, store, RESULTS)).sequence == 10
    await Records(bus, "RESULTS").purge(names.any_result("t-4"))
    await store.move(known)
    assert (await align(bus, store, RESULTS)).sequence == 10
