"""Each kind of message becomes a row of the table of its kind, with typed columns."""

import msgspec
import pytest

from analytics import rows
from analytics.rows import Origin
from subjects import codec

RESULTS, EVENTS, METRICS, DEAD, AGENTS = rows.SOURCES
NOON = codec.from_ns(10**18)
TIME = "2030-01-01T12:00:00Z"
RESULT = {
    "id": "t-1", "queue": "text", "function": "shout", "state": "completed", "attempts": 1,
    "input": {"a": 1}, "output": "HI", "submitted_at": TIME, "finished_at": TIME,
}  # fmt: skip
CALL = {
    "task": "t-1", "function": "text.shout", "agent": "text", "attempt": 1, "worker": "w-1",
    "provider": "near", "model": "small", "kind": "chat", "local": True, "outcome": "ok",
    "input_tokens": 7, "output_tokens": 3,
    "cached_tokens": 0,
    "usd": None, "ms": 5.0, "at": TIME,
}  # fmt: skip
ALERT = {
    "id": "a-1", "rule": "cpu", "severity": "critical", "state": "firing", "summary": "95 %",
    "since": TIME, "updated_at": TIME, "labels": {"host": "a"}, "value": 95.0, "threshold": 90.0,
}  # fmt: skip
CROSSING = {
    "agent": "qa", "metric": "error_rate", "state": "resolved", "value": None, "limit": 10.0, "judged": 0,
    "since": TIME, "at": TIME,
}  # fmt: skip
LETTER = {
    "id": "t-1", "function": "text.shout", "priority": "high", "input": {"pin": 4711},
    "error": {"type": "timeout", "message": "late", "retryable": True}, "attempts": 3, "at": TIME,
}  # fmt: skip
NOTICE = {"stream": "TASKS", "consumer": "text_high", "stream_seq": 12, "deliveries": 50, "timestamp": TIME}
AGENT = {
    "id": "qa", "created_at": TIME, "updated_at": TIME,
    "definition": {"capabilities": ["text"], "config": {"token": "hush"}, "thresholds": {"error_rate": 5}},
}  # fmt: skip


def read(source, subject, payload):
    data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    line = rows.read(source, Origin(source.stream, subject, 9, NOON), data)
    return line.table, msgspec.json.decode(line.json), line.json


def test_a_result_tells_its_caller_sizes_tokens_and_dollars():
    usage = {"model_calls": 2.0, "input_tokens": 300, "output_tokens": 30, "model_ms": 12.5, "usd": 0.25}
    whole = {**RESULT, "usage": usage, "tenant": "web", "timeout": 5, "max_attempts": 3, "trace": "00-ab"}
    table, row, _ = read(RESULTS, "result.text.shout.t-1", whole)
    assert table == "tasks"
    assert (row["input_bytes"], row["output_bytes"]) == (len(b'{"a":1}'), len(b'"HI"'))
    assert (row["model_calls"], row["input_tokens"], row["usd"], row["tenant"]) == (2, 300, 0.25, "web")
    assert (row["timeout"], row["max_attempts"], row["trace"], row["retryable"]) == (5.0, 3, "00-ab", None)


def test_an_input_that_was_erased_has_no_size_and_one_that_was_large_has_that_of_its_object():
    stored = {"object": "payloads/t-1.input", "size": 300_000, "sha256": "ab"}
    sizes = [
        read(RESULTS, "result.text.shout.t-1", {**RESULT, "input": given})[1]["input_bytes"]
        for given in ({"erased": True}, stored, {"object": "payloads/mine"})
    ]
    assert sizes == [None, 300_000, len(b'{"object":"payloads/mine"}')]


def test_a_request_to_a_model_is_a_row_of_its_own_table():
    table, row, _ = read(METRICS, "metric.w-1.model_call", CALL)
    assert table == "model_calls"
    assert (row["task"], row["input_tokens"], row["usd"], row["called_at"]) == ("t-1", 7, None, TIME)


@pytest.mark.parametrize("kind", ["system_alert", "performance_alert"])
def test_each_change_of_an_alert_is_a_row(kind):
    table, row, _ = read(METRICS, f"metric.cpu.{kind}", ALERT)
    assert (table, row["kind"], row["id"], row["labels"]) == ("alerts", kind, "a-1", {"host": "a"})
    assert (row["state"], row["value"], row["silenced"]) == ("firing", 95.0, False)


def test_an_agent_that_came_back_below_its_threshold_is_a_resolved_alert():
    table, row, _ = read(METRICS, "metric.qa.performance_alert", CROSSING)
    assert (table, row["rule"], row["state"], row["resolved_at"]) == (
        "alerts", "agent_error_rate", "resolved", TIME,
    )  # fmt: skip
    assert row["labels"] == {"agent": "qa", "metric": "error_rate"}
    assert row["summary"] == "qa: error rate not known any more: nothing ran, limit 10 %"
    _, row, _ = read(METRICS, "metric.qa.performance_alert", {**CROSSING, "state": "firing", "value": 12.5})
    assert row["summary"] == "qa: error rate 12.5 %, limit 10 %"


def test_a_dead_letter_is_a_row_without_its_input():
    table, row, line = read(DEAD, "dlq.text.shout.t-1", LETTER)
    assert (table, row["kind"], row["id"], row["error_type"]) == ("dead_letters", "failed", "t-1", "timeout")
    assert row["input_bytes"] == len(b'{"pin":4711}')
    assert b"4711" not in line


@pytest.mark.parametrize(
    ("subject", "kind"), [("MAX_DELIVERIES", "max_deliveries"), ("MSG_TERMINATED", "terminated")]
)
def test_the_server_s_notice_of_a_message_it_gave_up_on_is_a_row(subject, kind):
    table, row, _ = read(DEAD, f"$JS.EVENT.ADVISORY.CONSUMER.{subject}.TASKS.text_high", NOTICE)
    assert (table, row["kind"], row["attempts"], row["task_seq"]) == ("dead_letters", kind, 50, 12)


def test_the_config_of_an_agent_is_kept_by_its_names_alone():
    table, row, line = read(AGENTS, "$KV.agents.qa", AGENT)
    assert (table, row["id"], row["revision"], row["config_keys"]) == ("agents", "qa", 9, ["token"])
    assert b"hush" not in line


def test_an_agent_that_was_deleted_is_a_row_that_says_so():
    table, row, _ = read(AGENTS, "$KV.agents.qa", b"")
    assert (table, row["deleted"], row["capabilities"]) == ("agents", True, None)


@pytest.mark.parametrize(
    ("source", "subject", "payload"),
    [
        (RESULTS, "result.text.shout.t-1", {**RESULT, "usage": {"usd": -1}}),
        (RESULTS, "result.text.shout.t-1", msgspec.json.encode(RESULT)[:-1] + b',"usage":{"usd":1e999}}'),
        (METRICS, "metric.a.depth", b'{"value":NaN}'),
        (METRICS, "metric.a.depth", b'{"value":-Infinity}'),
        (METRICS, "metric.w-1.model_call", {**CALL, "input_tokens": -1}),
        (METRICS, "metric.cpu.system_alert", {**ALERT, "state": "glowing"}),
        (DEAD, "dlq.text.shout.t-1", {**LETTER, "function": "shout"}),
        (AGENTS, "$KV.agents.qb", AGENT),
    ],
)
def test_what_is_no_such_thing_is_set_aside(source, subject, payload):
    assert read(source, subject, payload)[0] == "quarantine"
