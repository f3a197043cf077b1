"""How a task can end, seen from outside."""

import asyncio

import pytest

from functions import Context, function
from subjects import streams
from subjects.bus import Bus
from subjects.client import Client


async def test_a_task_completes_with_its_output_and_its_history(start_worker, client: Client):
    worker = await start_worker()
    result = await client.run("sample.add", {"x": 2, "y": 3}, wait=5)
    assert (result.state, bytes(result.output), result.error) == ("completed", b"5", None)
    assert bytes(result.input) == b'{"x":2,"y":3}'
    assert (result.queue, result.function, result.attempts, result.worker) == (
        "sample",
        "add",
        1,
        worker.state.id,
    )
    assert result.started_at is not None
    assert result.submitted_at <= result.started_at <= result.finished_at


async def test_a_function_that_runs_in_a_thread_tells_its_progress_and_its_lines(
    start_worker, client: Client
):
    await start_worker()
    task = await client.start("sample.thread", {"x": 4})
    told = [(one.kind, one.data) async for one in client.events(task.id)]
    assert [kind for kind, _ in told] == ["progress", "log", "result"]
    assert b'"progress":0.5' in told[0][1]
    assert b'"message":"doubling"' in told[1][1]


async def test_a_flaky_function_is_tried_again_until_it_succeeds(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.flaky", {"succeed_at": 3}, wait=5)
    assert (result.state, result.attempts, bytes(result.output)) == ("completed", 3, b"3")


async def test_a_function_that_always_fails_ends_as_failed_and_as_a_dead_letter(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.flaky", {"succeed_at": 99}, wait=5)
    assert (result.state, result.attempts) == ("failed", 3)
    assert result.error is not None
    assert result.error.type == "handler_failed"
    assert "attempt 3 fails" in result.error.message
    (letter,) = await client.dead_letters()
    assert (letter.id, letter.attempts, bytes(letter.input)) == (result.id, 3, b'{"succeed_at":99}')


async def test_the_caller_may_ask_for_fewer_attempts(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.flaky", {"succeed_at": 2}, wait=5, max_attempts=1)
    assert (result.state, result.attempts) == ("failed", 1)


async def test_a_permanent_error_is_not_tried_again(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.permanent", wait=5)
    assert result.error is not None
    assert (result.state, result.attempts, result.error.type, result.error.retryable) == (
        "failed",
        1,
        "permanent",
        False,
    )
    assert result.error.details == {"account": 7}


async def test_a_function_can_refuse_its_task(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.refuse", wait=5)
    assert result.error is not None
    assert (result.state, result.error.type, result.error.message) == (
        "rejected",
        "refused",
        "not on a Sunday",
    )
    assert await client.dead_letters() == []


async def test_a_function_can_say_when_to_try_again(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.later", {"seconds": 0.1}, wait=5)
    assert (result.state, result.attempts) == ("completed", 2)


@pytest.mark.parametrize(
    ("input", "code"),
    [
        ({"x": "two"}, "invalid_input"),
        ({"x": 1, "z": 1}, "invalid_input"),
        ({}, "invalid_input"),
    ],
)
async def test_input_of_the_wrong_shape_is_rejected(start_worker, client: Client, input: dict, code: str):
    await start_worker()
    result = await client.run("sample.add", input, wait=5)
    assert result.error is not None
    assert (result.state, result.error.type, result.attempts) == ("rejected", code, 1)


async def test_a_function_that_no_worker_has_is_rejected_with_a_hint(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.ad", wait=5)
    assert result.error is not None
    assert (result.state, result.error.type) == ("rejected", "unknown_function")
    assert "did you mean sample.add?" in result.error.message


async def test_a_task_above_its_time_limit_is_stopped(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.wait", wait=5, timeout=0.1, max_attempts=1)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "timeout")


async def test_a_handler_that_will_not_stop_is_settled_without_it(start_worker, client: Client):
    worker = await start_worker()
    result = await client.run("sample.stubborn", wait=5, timeout=0.1)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "timeout")
    assert worker.slots.busy == 1, "its slot stays taken until it ends by itself"


async def test_a_value_that_is_no_json_fails_with_its_type_named(start_worker, client: Client):
    await start_worker()
    result = await client.run("sample.unwritable", wait=5)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "result_not_encodable")


async def test_a_large_output_goes_to_the_object_store_and_comes_back_whole(start_worker, client: Client):
    await start_worker()
    size = streams.MAX_OUTPUT + 1
    result = await client.run("sample.large", {"size": size}, wait=10)
    assert result.state == "completed"
    assert b'"object":"payloads/' in bytes(result.output)
    assert len(await client.output(result)) == size + 2


async def test_a_child_that_nobody_can_run_fails_its_parent_at_once(start_worker, client: Client):
    @function("sample.hopeful")
    async def hopeful(ctx: Context) -> None:
        await ctx.call("nobody.home")

    await start_worker(hopeful)
    result = await client.run("sample.hopeful", wait=5)
    assert result.error is not None
    assert (result.state, result.error.type, result.attempts) == ("failed", "unknown_function", 1)


async def test_who_sees_an_outcome_has_seen_all_that_was_told_before_it(start_worker, client: Client):
    @function("sample.talks")
    async def talks(ctx: Context) -> None:
        # So much that the store of events lags behind that of outcomes.
        for number in range(40):
            ctx.log.info("line", number=number, much="x" * 5000)

    async def heard() -> int:
        task = await client.start("sample.talks")
        return len([told async for told in client.events(task.id) if told.kind == "log"])

    await start_worker(talks, slots=32)
    assert set(await asyncio.gather(*(heard() for _ in range(80)))) == {40}


async def test_children_run_as_tasks_of_their_own_while_the_parent_gives_up_its_slot(
    start_worker, client: Client
):
    await start_worker(slots=1)
    result = await client.run("sample.parent", {"count": 5}, wait=10)
    assert bytes(result.output) == b"[1,2,3,4,5]"
    child = await client.get(f"{result.id}-m0")
    assert child.result is not None
    assert child.result.parent == result.id


async def test_a_task_that_ended_without_success_can_be_tried_again_under_its_id(
    start_worker, client: Client
):
    await client.start("sample.add", {"x": 4}, id="again-1")
    await client.cancel("again-1")
    await start_worker()
    await client.retry("again-1")
    assert bytes((await client.result("again-1", wait=5)).output) == b"5"


async def test_a_task_that_is_tried_again_keeps_the_limits_its_caller_set(start_worker, client: Client):
    await start_worker()
    await client.run("sample.flaky", {"succeed_at": 9}, wait=5, max_attempts=1, timeout=7, id="again-2")
    await client.retry("again-2")
    again = await client.result("again-2", wait=5)
    assert (again.state, again.attempts, again.timeout, again.max_attempts) == ("failed", 1, 7, 1)


async def test_a_call_is_answered_at_once_and_leaves_nothing_behind(start_worker, client: Client, bus: Bus):
    await start_worker()
    assert await client.call("sample.add", {"x": 1, "y": 1}) == 2
    info = await bus.api("STREAM.INFO.RESULTS")
    assert info["state"]["messages"] == 0


async def test_one_slow_call_does_not_hold_up_another(start_worker, client: Client):
    await start_worker()
    slow = asyncio.create_task(client.call("sample.wait", {"seconds": 1.0}))
    assert await client.call("sample.add", {"x": 1}) == 2
    assert not slow.done()
    slow.cancel()


async def test_a_dead_letter_of_the_next_failure_is_not_swept_away_with_the_old_one(
    start_worker, client: Client
):
    await start_worker()
    await client.run("sample.permanent", wait=5, id="dead-1")
    await client.retry("dead-1")
    await client.result("dead-1", wait=5)
    assert [letter.id for letter in await client.dead_letters()] == ["dead-1"]
