"""Each message becomes one line; what cannot be read becomes a line that says why."""

import msgspec
import pytest

from analytics import rows
from analytics.rows import Origin
from subjects import codec

RESULTS, EVENTS, METRICS, DEAD, AGENTS = rows.SOURCES
NOON = codec.from_ns(10**18)

RESULT = {
    "id": "t-1", "queue": "text", "function": "shout", "state": "failed", "input": {}, "output": None,
    "error": {"type": "timeout", "message": "late", "retryable": True}, "attempts": 2, "worker": "w-1",
    "submitted_at": "2030-01-01T12:00:00Z", "started_at": "2030-01-01T14:00:00.5+02:00",
    "finished_at": "2030-01-01T12:00:02Z", "priority": "high", "unknown": [1],
}  # fmt: skip


def read(source, subject, payload):
    data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    line = rows.read(source, Origin(source.stream, subject, 9, NOON), data)
    return line.table, msgspec.json.decode(line.json)


def test_a_result_is_a_row_with_its_times_in_utc():
    table, row = read(RESULTS, "result.text.shout.t-1", RESULT)
    assert table == "tasks"
    assert (row["queue_ms"], row["run_ms"], row["total_ms"]) == (500.0, 1500.0, 2000.0)
    assert (row["started_at"], row["priority"], row["attempts"]) == ("2030-01-01T12:00:00.500000Z", "high", 2)
    assert (row["error_type"], row["error_message"], row["stream_seq"]) == ("timeout", "late", 9)


def test_a_result_that_never_started_has_no_run():
    table, row = read(RESULTS, "result.text.shout.t-1", {**RESULT, "state": "canceled", "started_at": None})
    assert (table, row["queue_ms"], row["run_ms"], row["total_ms"]) == ("tasks", None, None, 2000.0)


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("started", {"worker": "w-1", "attempt": 1, "started_at": "2030-01-01T12:00:00Z"}, {"worker": "w-1"}),
        ("progress", {"progress": 0.5, "message": "half", "at": "2030-01-01T12:00:00Z"}, {"progress": 0.5}),
        (
            "log",
            {"level": "info", "message": "hi", "fields": {"a": [1]}},
            {"fields": {"a": [1]}, "level": "info"},
        ),
        (
            "retry",
            {"attempt": 1, "next_attempt": 2, "delay": 1.5, "error": RESULT["error"]},
            {"next_attempt": 2},
        ),
        ("returned", {}, {"attempt": None}),
    ],
)
def test_an_event_of_any_kind_is_a_row(kind, payload, expected):
    table, row = read(EVENTS, f"event.text.shout.t-1.{kind}", payload)
    assert table == "events"
    assert (row["id"], row["queue"], row["function"], row["kind"]) == ("t-1", "text", "shout", kind)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("source", "subject", "payload"),
    [
        (RESULTS, "result.text.shout.t-1", b"not json"),
        (RESULTS, "result.text.shout.t-1", b'{"id": "\xff"}'),
        (RESULTS, "result.text.shout.t-1", b"[" * 10_000),
        (RESULTS, "result.text.shout.t-1", {**RESULT, "state": "fine"}),
        (RESULTS, "result.text.shout.t-1", {**RESULT, "attempts": 10**12}),
        (RESULTS, "result.text.shout.t-1", {**RESULT, "finished_at": "noon"}),
        (RESULTS, "result.text.shout.t-2", RESULT),
        (RESULTS, "result.text.shout", RESULT),
        (EVENTS, "event.text.shout.t-1.log", {"fields": "none"}),
        (EVENTS, "event.text.shout.t-1", {}),
        (METRICS, "metric.a.system", {"host": "a"}),
        (METRICS, "metric.a.depth", b"3"),
        (METRICS, "metric.a", {}),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_the_reason(source, subject, payload):
    table, row = read(source, subject, payload)
    assert table == "quarantine"
    assert (row["stream"], row["subject"], row["stream_seq"]) == (source.stream, subject, 9)
    assert row["reason"]
