"""POST, GET, DELETE /api/tasks: what a client is answered."""

import asyncio
import json

import pytest
from msgspec import Raw

from subjects import codec, names
from subjects.bus import Records
from subjects.kv import Bucket
from subjects.messages import NULL, FunctionInfo, Result


def shout(**more):
    return {"function": "text.shout", "input": {"text": "hi"}, **more}


async def finish(bus, id, output=b'"HI"', state="completed", **more):
    """What a worker writes when a task is done."""
    now = codec.now()
    result = Result(
        id=id,
        queue="text",
        function="shout",
        state=state,
        input=NULL,
        output=Raw(output) if isinstance(output, bytes) else output,
        error=None,
        attempts=1,
        worker="w1",
        submitted_at=now,
        started_at=now,
        finished_at=now,
        **more,
    )
    return await bus.store(names.result("text", "shout", id), codec.encode(result), {codec.EXPECTED: "0"})


async def test_a_task_is_accepted_with_its_place(http):
    answer = await http.post("/api/tasks", json=shout())
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert answer.headers["location"] == f"/api/tasks/{answer.json()['id']}"
    seen = await http.get(answer.headers["location"])
    assert (seen.status_code, seen.json()["state"], seen.json()["function"]) == (200, "queued", "text.shout")


async def test_the_worker_gets_the_bare_input_and_the_envelope_in_headers(http, bus, client):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    body = shout(priority="critical", id="mine", timeout=5, max_attempts=2)
    await http.post("/api/tasks", json=body, headers={"traceparent": trace})
    stored = await Records(bus, "TASKS").last("task.text.critical.shout.mine")
    assert json.loads(stored.data) == {"text": "hi"}
    assert stored.headers["Task-Timeout"] == "5.0"
    assert stored.headers["Task-Max-Attempts"] == "2"
    assert stored.headers["traceparent"] == trace


async def test_a_broken_traceparent_is_not_passed_on_and_no_reason_to_refuse(http, bus):
    answer = await http.post("/api/tasks", json=shout(id="t"), headers={"traceparent": "00-x\ty"})
    assert answer.status_code == 202
    assert "traceparent" not in (await Records(bus, "TASKS").last("task.text.*.shout.t")).headers


async def test_the_idempotency_key_is_the_id(http):
    first = await http.post("/api/tasks", json=shout(), headers={"Idempotency-Key": "k1"})
    again = await http.post("/api/tasks", json=shout(id="k1"))
    assert first.json()["id"] == again.json()["id"] == "k1"
    assert "duplicate" not in first.json() or not first.json()["duplicate"]
    assert again.json()["duplicate"] is True


async def test_fifty_at_once_with_one_key_are_one_task(http, bus):
    answers = await asyncio.gather(*(http.post("/api/tasks", json=shout(id="once")) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["id"] for answer in answers} == {"once"}
    assert len(await Records(bus, "TASKS").range("task.text.>", 1)) == 1


async def test_a_key_that_contradicts_the_body_is_refused(http):
    answer = await http.post("/api/tasks", json=shout(id="a"), headers={"Idempotency-Key": "b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_key_that_was_used_for_another_input_is_a_conflict(http):
    await http.post("/api/tasks", json=shout(id="k"))
    answer = await http.post(
        "/api/tasks", json={"function": "text.shout", "input": {"text": "no"}, "id": "k"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


async def test_a_function_that_nobody_announced_is_unknown_and_the_nearest_is_named(http):
    answer = await http.post("/api/tasks", json={"function": "text.shuot"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_function"
    assert "did you mean text.shout?" in answer.json()["detail"]
    queue = await http.post("/api/tasks", json={"function": "nowhere.go"})
    assert (queue.status_code, queue.json()["code"]) == (404, "unknown_queue")


async def test_a_function_is_known_as_soon_as_it_is_announced(http, bus):
    await Bucket(bus, "functions", FunctionInfo).put("new.f", FunctionInfo("new.f", "", {}, {}, 1, 1, "loop"))
    assert (await http.post("/api/tasks", json={"function": "new.f"})).status_code == 202


async def test_a_delayed_task_says_when(http):
    answer = await http.post("/api/tasks", json={**shout(id="later"), "in": 3600})
    assert answer.status_code == 202
    assert answer.json()["at"]
    seen = (await http.get("/api/tasks/later")).json()
    assert seen["state"] == "queued"
    assert seen["at"]


async def test_a_batch_is_answered_one_by_one_in_order(http):
    tasks = [shout(id="a"), shout(id="a.b"), {"function": "text.no"}, {"nonsense": 1}, shout(id="c")]
    answer = await http.post("/api/tasks/batch", json={"tasks": tasks})
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (2, 3)
    assert [each.get("problem", {}).get("code", "ok") for each in told["tasks"]] == [
        "ok",
        "invalid_id",
        "unknown_function",
        "invalid_request",
        "ok",
    ]


@pytest.mark.parametrize("tasks", [[], [shout()] * 1001])
async def test_a_batch_has_bounds(http, tasks):
    answer = await http.post("/api/tasks/batch", json={"tasks": tasks})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_an_unfinished_task_has_no_result_yet(http):
    await http.post("/api/tasks", json=shout(id="r1"))
    answer = await http.get("/api/tasks/r1/result")
    assert (answer.status_code, answer.json()["state"], answer.headers["retry-after"]) == (202, "queued", "1")
    waited = await http.get("/api/tasks/r1/result?wait=0.05")
    assert (waited.status_code, waited.json()["id"]) == (202, "r1")


async def test_who_waits_gets_the_result_the_moment_it_is_stored(http, bus):
    await http.post("/api/tasks", json=shout(id="r2"))
    waiting = asyncio.create_task(http.get("/api/tasks/r2/result?wait=15"))
    await asyncio.sleep(0)
    await finish(bus, "r2")
    answer = await waiting
    assert (answer.status_code, answer.json()["output"], answer.json()["state"]) == (200, "HI", "completed")
    assert (await http.get("/api/tasks/r2")).json()["result"]["output"] == "HI"
    assert (await http.get("/api/tasks/r2/output")).json() == "HI"


async def test_a_large_output_is_fetched_by_its_reference(http, bus, client):
    large = codec.encode("x" * 2_000_000)
    reference = await client.objects("payloads").put("big", large)
    await finish(bus, "big", output=reference)
    answer = await http.get("/api/tasks/big/output")
    assert answer.content == large


async def test_what_failed_has_no_output(http, bus):
    await finish(bus, "bad", state="failed", output=NULL)
    answer = await http.get("/api/tasks/bad/output")
    assert (answer.status_code, answer.json()["state"]) == (404, "failed")


async def test_waiting_for_what_was_never_submitted_is_answered_at_once(http):
    answer = await http.get("/api/tasks/never/result?wait=60")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_queued_task_can_be_canceled_once(http):
    await http.post("/api/tasks", json=shout(id="c1"))
    answer = await http.delete("/api/tasks/c1?reason=enough")
    assert (answer.status_code, answer.json()["state"]) == (200, "canceled")
    again = await http.delete("/api/tasks/c1")
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (
        409,
        "already_finished",
        "canceled",
    )


async def test_what_ended_badly_can_be_tried_again(http, bus):
    await http.post("/api/tasks", json=shout(id="c2"))
    await http.delete("/api/tasks/c2")
    answer = await http.post("/api/tasks/c2/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    await finish(bus, "done")
    refused = await http.post("/api/tasks/done/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_finished")
