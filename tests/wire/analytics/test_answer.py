"""Questions over NATS: rows, numbers that a hand computes, and clear refusals."""

from datetime import timedelta

import pytest

from subjects import codec, errors, names
from subjects.errors import ErrorInfo
from subjects.messages import Network, SystemMetrics

FAILURE = ErrorInfo("timeout", "too slow", True)


async def rows(client, name, **parameters):
    answer = await client.query(name, parameters)
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


async def test_every_query_of_the_catalog_answers(store, client, publish, made, caught_up):
    await publish(made(1), made(2, state="failed", error=FAILURE))
    await caught_up(store, "RESULTS", 2)
    for query in await rows(client, "catalog"):
        answer = await client.query(query["name"])
        assert answer["columns"], query
        assert answer["took_ms"] >= 0


async def test_tasks_come_newest_first_filtered_and_page_by_page(store, client, publish, made, caught_up):
    await publish(*(made(number, state="failed" if number % 2 else "completed") for number in range(10)))
    await caught_up(store, "RESULTS", 10)
    first = await rows(client, "tasks", limit=4)
    second = await rows(client, "tasks", limit=100, before=first[-1]["cursor"])
    assert [row["id"] for row in first + second] == [f"t-{number}" for number in reversed(range(10))]
    assert {row["state"] for row in await rows(client, "tasks", state="failed")} == {"failed"}
    assert len(await rows(client, "tasks", state="failed", text="T-3")) == 1
    assert len(await rows(client, "tasks", function="text.shout")) == 10
    assert len(await rows(client, "tasks", function="shout", queue="other")) == 0
    assert [row["id"] for row in await rows(client, "task", id="t-3")] == ["t-3"]


async def test_what_is_asked_wrongly_is_refused_with_a_hint(store, client, bus, publish, made, caught_up):
    await publish(made(1))
    await caught_up(store, "RESULTS", 1)
    with pytest.raises(errors.InvalidRequest, match="did you mean limit"):
        await client.query("tasks", {"limt": 3})
    with pytest.raises(errors.InvalidRequest, match="limit is a whole number"):
        await client.query("tasks", {"limit": "many"})
    with pytest.raises(errors.NotFound, match="did you mean slowest"):
        await client.query("slowst")
    for name, given, said in (
        ("tasks", {"before": "garbage"}, "before is a time"),
        ("alerts", {"before": "x"}, "before is a whole number"),
        ("series", {"kind": "banana"}, "kind is all, queue, function, agent, worker or caller"),
        ("costs", {"by": "banana"}, "by is model, agent, function or project"),
    ):
        with pytest.raises(errors.InvalidRequest, match=said):
            await client.query(name, given)
    assert await rows(client, "tasks", before="1990-01-01T00:00:00+02:00") == []
    assert await rows(client, "agent_logs", before=2**40) == []
    reply = await bus.request(names.query("tasks"), b'{"limit": ')
    assert reply.headers["Nats-Service-Error-Code"] == "400"


async def test_monitoring_metrics_are_what_a_hand_computes(store, client, bus, publish, made, caught_up):
    now = codec.now()
    hour, day = timedelta(hours=1), timedelta(days=1)
    spans = [(timedelta(minutes=1), 6, 2), (2 * hour, 4, 2), (10 * hour, 10, 1), (3 * day, 20, 0)]
    results, number = [], 0
    for ago, total, failed in spans:
        for place in range(total):
            number += 1
            bad = {"state": "failed", "error": FAILURE} if place < failed else {}
            submitted = now - ago
            took = timedelta(milliseconds=100 * number)
            results.append(made(number, submitted_at=submitted, finished_at=submitted + took, **bad))
    results.append(made(900, submitted_at=now, finished_at=now, state="canceled", started_at=None))
    await publish(*results)
    for host, cpu, disk, at in (
        ("a", 10.0, 30.0, now),
        ("b", 30.0, 70.0, now),
        ("c", 99.0, 99.0, now - hour),
    ):
        load = SystemMetrics(host, cpu, 50.0, disk, Network(1000, 2000), at)
        await bus.store(names.metric(host, "system"), codec.encode(load))
    await caught_up(store, "RESULTS", 41)
    await caught_up(store, "METRICS", 3)
    [row] = await rows(client, "monitoring_metrics")
    assert row["cpu_usage"] == 20.0
    assert row["memory_usage"] == 50.0
    assert row["disk_usage"] == 70.0
    assert row["network_io"] == {"bytes_sent": 2000, "bytes_received": 4000}
    # Of the last hour 3, 4, 5 and 6 completed, after 300 to 600 ms.
    assert row["response_times"] == {
        name: pytest.approx(exact, rel=0.025) for name, exact in (("p50", 450), ("p95", 585), ("p99", 597))
    }
    expected = {"1h": 2 / 6, "6h": 4 / 10, "24h": 5 / 20, "7d": 5 / 40}
    assert row["error_rates"] == {span: pytest.approx(100 * share) for span, share in expected.items()}
    assert row["throughput"] == pytest.approx(7 / 5)
    assert (row["tasks"], row["error_rate"]) == (7, pytest.approx(100 * 2 / 6))


async def test_a_window_and_the_one_before_it_are_what_a_hand_computes(
    store, client, bus, publish, made, caught_up
):
    now = codec.now()
    ms = timedelta(milliseconds=1)
    results, number = [], 0
    # Within the last 6 hours 4 tasks that waited 1 s and ran 2 s; in those before 10, of which 1 failed.
    for ago, total, failed in ((timedelta(hours=2), 4, 0), (timedelta(hours=10), 10, 1)):
        for place in range(total):
            number += 1
            bad = {"state": "failed", "error": FAILURE} if place < failed else {}
            at = now - ago
            times = {"submitted_at": at, "started_at": at + 1000 * ms, "finished_at": at + 3000 * ms}
            results.append(made(number, **times, **bad))
    await publish(*results)
    minute = timedelta(minutes=1)
    loads = ((120, 10.0, 1_000), (119, 30.0, 4_000), (60, 20.0, 9_000), (500, 50.0, 2), (59, 40.0, 500))
    for ago, cpu, sent in sorted(loads, reverse=True):
        load = SystemMetrics("a", cpu, 2 * cpu, cpu, Network(sent, 2 * sent), now - ago * minute)
        await bus.store(names.metric("a", "system"), codec.encode(load))
    await caught_up(store, "RESULTS", 14)
    await caught_up(store, "METRICS", 5)
    own, before = await rows(client, "monitoring_window", hours=6)
    assert (own["period"], own["tasks"], own["failed"], own["error_rate"]) == ("now", 4, 0, 0.0)
    assert own["throughput"] == pytest.approx(4 / 360)
    near = {
        name: dict.fromkeys(("p50", "p95", "p99"), pytest.approx(ms, rel=0.025))
        for name, ms in (("response_times", 3000), ("queue_times", 1000), ("run_times", 2000))
    }
    assert {name: own[name] for name in near} == near
    assert (own["cpu_usage"], own["memory_usage"], own["disk_usage"]) == (25.0, 50.0, 40.0)
    # 3000 bytes in the first minute; of the hour after it nobody knows; then the machine began anew.
    assert own["network_io"] == {"bytes_sent": 3500, "bytes_received": 7000}
    assert (before["period"], before["tasks"], before["failed"]) == ("before", 10, 1)
    assert (before["error_rate"], before["cpu_usage"]) == (10.0, 50.0)
    assert before["network_io"] == {"bytes_sent": None, "bytes_received": None}


async def test_what_was_not_measured_is_null(store, client):
    [row] = await rows(client, "monitoring_metrics")
    assert row["cpu_usage"] is None
    assert row["network_io"] == {"bytes_sent": None, "bytes_received": None}
    assert row["response_times"] == {"p50": None, "p95": None, "p99": None}
    assert row["error_rates"] == {"1h": None, "6h": None, "24h": None, "7d": None}
    assert row["throughput"] == 0


async def test_an_answer_larger_than_a_message_is_cut_and_says_so(store, client, publish, made, caught_up):
    long = ErrorInfo("timeout", "x" * 8000, True)
    await publish(*(made(number, state="failed", error=long) for number in range(400)))
    await caught_up(store, "RESULTS", 400)
    answer = await client.query("tasks", {"limit": 400})
    assert answer["truncated"]
    assert 0 < len(answer["rows"]) < 400


async def test_positions_tell_how_far_behind(store, client, publish, made, caught_up):
    await publish(made(1))
    await caught_up(store, "RESULTS", 1)
    found = {row["stream"]: row for row in await rows(client, "positions")}
    assert (found["RESULTS"]["sequence"], found["RESULTS"]["behind"]) == (1, 0)
