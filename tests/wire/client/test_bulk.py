"""Many tasks canceled or tried again by a filter, counted first."""

import asyncio
from datetime import timedelta

import pytest

from functions import Context, NonRetryable, function
from infra.testing import stack
from subjects import codec, errors
from subjects.client import bulk
from subjects.client.bulk import Selection


@function("many.wait")
async def wait(ctx: Context) -> None:
    """Waits until it is stopped."""
    ctx.progress(0.5, "begun")
    await asyncio.Event().wait()


@function("many.refuse", max_attempts=1)
async def refuse(broken: bool = True) -> str:
    """Fails for good."""
    if broken:
        raise NonRetryable("no")
    return "yes"


async def test_a_dry_run_counts_and_changes_nothing(client):
    for number in range(5):
        await client.start(
            "many.wait", {"n": number}, priority="low" if number < 3 else "high", id=f"t{number}"
        )
    await client.start("other.thing", {}, id="other")
    counted = await client.bulk_cancel(Selection(queue="many", priority="low"))
    assert (counted.dry_run, counted.matched, counted.done, counted.more) == (True, 3, 0, False)
    assert [(own.function, own.state, own.count) for own in counted.counts] == [("many.wait", "queued", 3)]
    assert {task.id for task in counted.sample} == {"t0", "t1", "t2"}
    assert (await client.get("t0")).state == "queued"


async def test_what_matches_is_canceled_and_the_second_time_nothing_is_left(client):
    for number in range(30):
        await client.start("many.wait", {"n": number}, id=f"t{number}")
    await client.start("many.wait", {}, id="later", delay=3600)
    await client.start("other.thing", {}, id="other")
    done = await client.bulk_cancel(Selection(function="many.wait", dry_run=False, reason="enough"))
    assert (done.matched, done.done, done.skipped, done.failed) == (31, 31, 0, 0)
    assert (await client.result("later")).error.message == "enough"
    assert (await client.get("other")).state == "queued"
    again = await client.bulk_cancel(Selection(function="many.wait", dry_run=False))
    assert again.matched == 0


async def test_a_limit_says_that_there_is_more(client):
    for number in range(4):
        await client.start("many.wait", {"n": number})
    done = await client.bulk_cancel(Selection(queue="many", limit=3, dry_run=False))
    assert (done.matched, done.more, done.done) == (3, True, 3)


async def test_time_and_ids_narrow_it(client):
    await client.start("many.wait", {"n": 1}, id="a")
    await client.start("many.wait", {"n": 2}, id="b")
    now = codec.now()
    for wanted, matched in [
        (Selection(queue="many", since=now + timedelta(hours=1)), 0),
        (Selection(queue="many", until=now + timedelta(hours=1)), 2),
        (Selection(ids=["b", "never"]), 1),
    ]:
        assert (await client.bulk_cancel(wanted)).matched == matched


async def test_who_ended_in_between_is_skipped_with_the_reason(client, bus, monkeypatch):
    await client.start("many.wait", {"n": 1}, id="quick")
    found = bulk._collected

    async def late(tasks, wanted):
        answer = await found(tasks, wanted)
        await client.cancel("quick")
        return answer

    monkeypatch.setattr(bulk, "_collected", late)
    done = await client.bulk_cancel(Selection(queue="many", dry_run=False))
    assert (done.done, done.skipped) == (0, 1)
    assert done.troubles[0].reason == "task quick is canceled already"


async def test_failed_tasks_and_old_dead_letters_are_tried_again():
    async with stack(refuse, wait) as running:
        client = running.client
        for number in range(3):
            await client.run("many.refuse", {}, id=f"f{number}", wait=10)
        # Results are kept for a week, dead letters for a month.
        await bulk.Records(running.bus, "RESULTS").purge("result.many.refuse.f0")
        wanted = Selection(queue="many", state="failed", error="permanent")
        counted = await client.bulk_retry(wanted)
        assert [(own.function, own.state, own.count) for own in counted.counts] == [
            ("many.refuse", "failed", 3)
        ]
        assert (await client.bulk_retry(Selection(queue="many", error="timeout"))).matched == 0
        done = await client.bulk_retry(Selection(queue="many", dry_run=False))
        assert (done.done, done.skipped, done.failed) == (3, 0, 0)
        for number in range(3):
            assert (await client.result(f"f{number}", wait=10)).error.type == "permanent"


async def test_running_tasks_are_stopped():
    async with stack(wait) as running:
        for number in range(3):
            await running.client.start("many.wait", {}, id=f"r{number}")
        async for told in running.client.events("r0"):
            if told.kind == "progress":
                break
        done = await running.client.bulk_cancel(Selection(queue="many", dry_run=False))
        assert done.done == 3
        assert (await running.client.result("r0")).state == "canceled"


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Selection(), errors.InvalidRequest),
        (Selection(queue="a.>"), errors.InvalidId),
        (Selection(function="*"), errors.InvalidId),
        (Selection(priority="urgent"), errors.InvalidPriority),
        (Selection(ids=["a b"]), errors.InvalidId),
    ],
)
async def test_a_filter_that_means_everything_or_nonsense_is_refused(client, wanted, error):
    with pytest.raises(error):
        await client.bulk_cancel(wanted)
