"""A plain publish, as `nats pub` does it, is a first-class task: no envelope, no client of ours."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from subjects.bus import Bus, Records
from subjects.client import Client
from subjects.messages import Result


async def stored(bus: Bus, stream: str, wanted: Callable[[int], bool]) -> None:
    """Waits until a stream holds as many messages as are wanted."""
    async with asyncio.timeout(30):
        while not wanted((await Records(bus, stream).info())["state"]["messages"]):
            pass


async def results(bus: Bus, count: int) -> list[Result]:
    """The results, once there are as many."""
    await stored(bus, "RESULTS", lambda messages: messages >= count)
    decoder = msgspec.json.Decoder(Result)
    return [decoder.decode(record.data) async for record in Records(bus, "RESULTS").scan("result.>")]


async def test_the_short_subject_is_a_task_of_medium_priority(start_worker, bus: Bus):
    await start_worker()
    await bus.post("task.sample.add", b'{"x": 1}')
    (result,) = await results(bus, 1)
    assert (result.state, result.priority, bytes(result.output)) == ("completed", "medium", b"2")
    assert result.id.startswith("q")


async def test_an_empty_payload_is_an_empty_object(start_worker, bus: Bus):
    await start_worker()
    await bus.post("task.sample.wait", b"", headers={"Task-Timeout": "0.05", "Task-Max-Attempts": "1"})
    (result,) = await results(bus, 1)
    assert result.error is not None
    assert (result.state, result.error.type, bytes(result.input)) == ("failed", "timeout", b"{}")


async def test_priority_and_id_stand_in_the_subject(start_worker, client: Client, bus: Bus):
    await start_worker()
    await bus.post("task.sample.critical.add.my-1", b'{"x": 1}')
    result = await client.result("my-1", wait=5)
    assert (result.state, result.priority) == ("completed", "critical")


async def test_headers_say_the_id_the_time_limit_and_the_attempts(start_worker, client: Client, bus: Bus):
    await start_worker()
    headers = {"Nats-Msg-Id": "my-2", "Task-Timeout": "7.5", "Task-Max-Attempts": "2"}
    await bus.post("task.sample.echo", b'{"x": 1}', headers=headers)
    result = await client.result("my-2", wait=5)
    assert b'"timeout":7.5,"max_attempts":2' in bytes(result.output)


async def test_the_same_id_published_twice_runs_once(start_worker, client: Client, bus: Bus, tmp_path):
    marks = tmp_path / "marks"
    await start_worker()
    body = b'{"marks": "%s", "text": "ran", "seconds": 0.2}' % str(marks).encode()
    for _ in range(5):
        await bus.post("task.sample.high.note.once", body)
    await client.result("once", wait=5)
    await stored(bus, "TASKS", lambda messages: messages == 0)
    assert marks.read_text() == "ran\n"


async def test_an_id_of_a_finished_task_is_not_run_again(start_worker, client: Client, bus: Bus, tmp_path):
    marks = tmp_path / "marks"
    await start_worker()
    body = b'{"marks": "%s", "text": "ran"}' % str(marks).encode()
    await bus.post("task.sample.low.note.done-1", body)
    await client.result("done-1", wait=5)
    await bus.store("task.sample.critical.note.done-1", body)
    await stored(bus, "TASKS", lambda messages: messages == 0)
    assert marks.read_text() == "ran\n"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"hello", "invalid_json"),
        (b'{"x": NaN}', "invalid_json"),
        (b'{"x": 1', "invalid_json"),
        (b'{"x": 1}}', "invalid_json"),
        (b'{"x": 1, "\xff\xfe": 2}', "invalid_utf8"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b'{"x": 1e999}', "invalid_input"),
        (b'{"x": 1.5}', "invalid_input"),
        (b"[1, 2]", "invalid_input"),
        (b"null", "invalid_input"),
        (b'{"x": "1"}', "invalid_input"),
        (b'{"x": 1, "__proto__": {}}', "invalid_input"),
        (b"\x00\x01\x02", "invalid_json"),
    ],
)
async def test_what_cannot_be_read_is_rejected_and_never_comes_back(start_worker, bus: Bus, payload, code):
    await start_worker()
    await bus.post("task.sample.add", payload)
    (result,) = await results(bus, 1)
    assert result.error is not None
    assert (result.state, result.error.type) == ("rejected", code)
    await stored(bus, "TASKS", lambda messages: messages == 0)


@pytest.mark.parametrize(
    ("subject", "headers", "code"),
    [
        ("task.sample.high.add.a.b", {}, "invalid_id"),
        ("task.sample.high.add", {"Nats-Msg-Id": "a b"}, "invalid_id"),
        ("task.sample.high.add", {"Nats-Msg-Id": "x" * 1000}, "invalid_id"),
        ("task.sample.high.add", {"Nats-Msg-Id": "a.>"}, "invalid_id"),
        ("task.sample.high.add", {"Task-Timeout": "soon"}, "invalid_header"),
        ("task.sample.high.add", {"Task-Timeout": "-1"}, "invalid_header"),
        ("task.sample.high.add", {"Task-Timeout": "nan"}, "invalid_header"),
        ("task.sample.high.add", {"Task-Max-Attempts": "0"}, "invalid_header"),
        ("task.sample.high.add", {"Task-Attempt": "first"}, "invalid_header"),
        ("task.sample.high.add", {"Task-Submitted": "yesterday"}, "invalid_header"),
        ("task.sample.high.add." + "x" * 65, {}, "invalid_id"),
        ("task.sample.high.ä", {}, "invalid_id"),
    ],
)
async def test_a_bad_address_or_header_is_rejected_with_its_reason(
    start_worker, bus: Bus, subject, headers, code
):
    await start_worker()
    await bus.post(subject, b'{"x": 1}', headers=headers or None)
    (result,) = await results(bus, 1)
    assert result.error is not None
    assert (result.state, result.error.type) == ("rejected", code)


async def test_a_huge_integer_is_an_error_of_the_function_not_of_the_worker(
    start_worker, bus: Bus, client: Client
):
    await start_worker()
    await bus.post("task.sample.add", b'{"x": ' + b"9" * 400 + b"}")
    (result,) = await results(bus, 1)
    assert result.state in ("completed", "rejected", "failed")
    assert (await client.run("sample.add", {"x": 1}, wait=5)).state == "completed"


async def test_a_request_is_told_where_its_task_was_stored(start_worker, bus: Bus):
    await start_worker()
    answer = await bus.request("task.sample.add", b'{"x": 1}')
    assert b'"stream":"TASKS"' in answer.data
    (result,) = await results(bus, 1)
    assert result.state == "completed"
