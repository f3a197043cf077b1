"""What Prometheus reads, from counts to text."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from gateway.counters import Counters
from gateway.prometheus import BY_NAME, FAMILIES, OPEN_METRICS, TEXT, Tally, negotiated, written
from subjects import codec
from subjects.messages import Network, SystemMetrics


async def told(tally, **outcome):
    own = {
        "queue": "text",
        "function": "shout",
        "state": "completed",
        "submitted_at": "2026-01-01T00:00:00Z",
        "started_at": "2026-01-01T00:00:01Z",
        "finished_at": "2026-01-01T00:00:03Z",
        **outcome,
    }
    await tally._on_result(SimpleNamespace(data=codec.encode(own)))


def values(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parsed(text)
        for sample in family.samples
    }


async def test_ten_thousand_queues_are_two_hundred_and_the_rest_together():
    tally = Tally()
    for number in range(10_000):
        await told(tally, queue=f"q{number}", function=f"f{number}")
    text = written(tally.samples(), TEXT)
    assert len(text.splitlines()) < 7000
    found = values(text)
    finished = {key: value for key, value in found.items() if key[0] == "revo_tasks_finished_total"}
    assert len(finished) == 201
    assert sum(finished.values()) == 10_000
    other = ("revo_tasks_finished_total", ("function", "other"), ("queue", "other"), ("state", "other"))
    assert finished[other] == 9800


async def test_waiting_and_running_are_told_apart_in_buckets_that_add_up():
    tally = Tally()
    await told(tally)
    await told(tally, finished_at="2026-01-01T09:00:00Z")
    found = values(written(tally.samples(), TEXT))
    queue = ("queue", "text")
    assert found["revo_task_queue_seconds_bucket", ("le", "1.0"), queue] == 2
    assert found["revo_task_queue_seconds_bucket", ("le", "0.5"), queue] == 0
    assert found["revo_task_run_seconds_bucket", ("le", "7200.0"), queue] == 1
    assert found["revo_task_run_seconds_bucket", ("le", "+Inf"), queue] == 2
    assert found["revo_task_run_seconds_sum", queue] == 2 + 9 * 3600 - 1


async def test_what_cannot_be_read_is_not_counted_and_stops_nothing():
    tally = Tally()
    for data in (b"", b"[1", b'{"queue": 7}', b"\xff"):
        await tally._on_result(SimpleNamespace(data=data))
        await tally._on_call(SimpleNamespace(data=data))
        await tally._on_host(SimpleNamespace(data=data))
    await told(tally)
    assert len(values(written(tally.samples(), TEXT))) == 1 + 2 * 15


async def test_a_host_that_fell_silent_is_dropped(monkeypatch):
    tally = Tally()
    now = codec.now()
    metrics = SystemMetrics("h1", 50.0, 25.0, 10.0, Network(5, 6), now, [0.5], {"gateway": 7.0})
    await tally._on_host(SimpleNamespace(data=codec.encode(metrics)))
    found = dict(tally.hosts())
    assert found["revo_host_cpu_ratio"] == [(("h1",), 0.5)]
    assert found["revo_process_memory_bytes"] == [(("h1", "gateway"), 7.0)]
    later = codec.now() + timedelta(minutes=1)
    monkeypatch.setattr("gateway.prometheus.tally.codec.now", lambda: later)
    ((name, [(labels, age)]),) = tally.hosts()
    assert (name, labels) == ("revo_host_age_seconds", ("h1",))
    assert 59 < age < 61
    later += timedelta(hours=1)
    assert tally.hosts() == []


def test_requests_of_any_method_and_route_are_bounded_and_escaped():
    counters = Counters()
    for number in range(10_000):
        counters.request(f"M{number}", f'/"{number}\n\\', 200, 0.1)
    text = written(counters.samples(), TEXT)
    assert len(values(text)) == 1001 + 201 * 15


@pytest.mark.parametrize("kind", [TEXT, OPEN_METRICS])
async def test_both_forms_are_read_by_the_parsers_of_prometheus(kind):
    tally, counters = Tally(), Counters()
    await told(tally)
    counters.request("GET", "/metrics", 200, 0.004)
    text = written({**counters.samples(), **tally.samples()}, kind)
    read = parsed if kind == TEXT else openmetrics.text_string_to_metric_families
    known = {family.name: family.type for family in read(text)}
    assert known["revo_tasks_finished"] == "counter"
    assert known["revo_task_run_seconds"] == "histogram"
    assert text.endswith("# EOF\n") == (kind == OPEN_METRICS)


def test_the_form_is_the_one_that_is_asked_for():
    assert negotiated("text/html, */*;q=0.1") == TEXT
    assert negotiated("application/openmetrics-text; version=1.0.0, text/plain;q=0.5") == OPEN_METRICS
    assert negotiated("application/openmetrics-text;q=0.1, text/plain;version=0.0.4;q=0.9") == TEXT
    assert negotiated("application/openmetrics-text;q=x") == TEXT


def test_names_say_kind_and_unit_as_prometheus_wants_it():
    assert len(BY_NAME) == len(FAMILIES)
    for family in FAMILIES:
        assert family.name.endswith("_total") == (family.kind == "counter"), family.name
        assert not family.name.endswith(("_ms", "_percent", "_count", "_sum", "_bucket"))
        assert "le" not in family.labels
        assert family.help.endswith(".")
        assert sorted(family.bounds) == list(family.bounds)
