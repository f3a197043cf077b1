"""parallel_mind over real queues: order, failures, crashes, and how much is under way."""

import asyncio
import json
from collections import Counter

import pytest

from infra.testing import stack
from subjects import names
from subjects.bus import Records
from tests.wire.engines import fan_jobs as jobs

PROCESSING = "parallel_mind.parallel_processing"
BATCHES = "parallel_mind.batch_operation"


@pytest.fixture
async def fan():
    async with stack(*jobs.FAN, jobs.square, jobs.odd_only, jobs.block, jobs.wide, jobs.total) as running:
        yield running


async def mapped(fan, function, items, name=PROCESSING, **more):
    result = await fan.client.run(name, {"function": function, "items": items, **more}, wait=15)
    return result, json.loads(await fan.client.output(result))


async def lines(file, count):
    """Returns once the functions have written so many lines."""
    while not file.exists() or len(file.read_text().splitlines()) < count:  # noqa: ASYNC110 - a fact of others
        await asyncio.sleep(0.01)


async def drained(fan):
    """Returns once nothing is queued or held."""
    while (await Records(fan.bus, "TASKS").info())["state"]["messages"]:  # noqa: ASYNC110 - a fact of others
        await asyncio.sleep(0.01)


def numbers(count):
    return [{"n": n} for n in range(count)]


async def test_outputs_come_in_the_order_of_the_items(fan):
    _, answer = await mapped(fan, "fan.square", numbers(200), reduce="sum")
    assert answer["results"] == [n * n for n in range(200)]
    assert answer["reduced"] == sum(answer["results"])
    assert (answer["status"], answer["completed"], answer["failed"], answer["workers_used"]) == (
        "ok",
        200,
        0,
        1,
    )


async def test_items_that_fail_are_listed_and_stop_nobody(fan):
    _, answer = await mapped(fan, "fan.odd_only", numbers(6), reduce="concat")
    assert answer["status"] == "partial"
    assert answer["results"] == [None, [1], None, [3], None, [5]]
    assert [(own["index"], own["error"]["type"]) for own in answer["failures"]] == [
        (0, "permanent"),
        (2, "permanent"),
        (4, "permanent"),
    ]
    assert answer["reduced"] == [1, 3, 5]


async def test_the_first_failure_cancels_the_rest_where_that_is_asked(fan, tmp_path):
    items = [{"path": str(tmp_path / "began"), "n": n} for n in range(8)]
    items[3] = {"nonsense": True}
    result, _ = await mapped(fan, "fan.block", items, stop_on_failure=True)
    assert (result.state, result.error.type) == ("failed", "permanent")
    assert "item 3 failed (invalid_input" in result.error.message
    states = Counter(
        json.loads(record.data)["state"]
        for record in await Records(fan.bus, "RESULTS").last_of(names.any_result_of("fan", "block"))
    )
    assert states == {"rejected": 1, "canceled": 7}


async def test_a_canceled_job_takes_its_items_along(fan, tmp_path):
    began = tmp_path / "began"
    items = [{"path": str(began), "n": n} for n in range(5)]
    job = await fan.client.start(PROCESSING, {"function": "fan.block", "items": items, "concurrency": 3})
    await lines(began, 3)
    await fan.client.cancel(job.id)
    await drained(fan)
    ended = await Records(fan.bus, "RESULTS").last_of(names.any_result_of("fan", "block"))
    assert [json.loads(record.data)["state"] for record in ended] == ["canceled"] * 3
    assert len(began.read_text().split()) == 3


async def test_no_more_items_are_under_way_than_was_asked_for(fan, tmp_path):
    began = tmp_path / "began"
    items = [{"path": str(began), "n": n} for n in range(50)]
    job = await fan.client.start(PROCESSING, {"function": "fan.block", "items": items, "concurrency": 4})
    await lines(began, 4)
    assert len(await Records(fan.bus, "TASKS").last_of("task.fan.>")) == 4
    await fan.client.cancel(job.id)
    await drained(fan)


async def test_many_bytes_come_as_artifacts_in_order(fan):
    items = [{"n": n, "size": 60_000} for n in range(150)]
    _, answer = await mapped(fan, "fan.wide", items)
    assert answer["results"] is None
    assert [part["name"] for part in answer["parts"]] == ["results-0-138.json", "results-139-149.json"]
    whole = []
    for part in answer["parts"]:
        bucket, _, name = part["ref"].partition("/")
        whole += json.loads(await fan.client.objects(bucket).get(name))
    assert [text[0] for text in whole] == [str(n % 10) for n in range(150)]


async def test_a_long_list_of_items_comes_by_reference(fan):
    items = json.dumps(numbers(10)).encode()
    kept = await fan.client.objects("artifacts").put("a" * 64, items)
    result = await fan.client.run(PROCESSING, {"function": "fan.square", "items_ref": kept.object}, wait=10)
    assert json.loads(bytes(result.output))["results"] == [n * n for n in range(10)]


async def test_chunks_follow_one_another_and_a_function_may_reduce(fan):
    _, answer = await mapped(fan, "fan.square", numbers(25), BATCHES, batch_size=10, reduce="fan.total")
    assert [(own["first"], own["completed"]) for own in answer["chunks"]] == [(0, 10), (10, 10), (20, 5)]
    assert answer["reduced"] == sum(n * n for n in range(25))
    assert answer["results"] == [n * n for n in range(25)]


async def test_no_items_are_no_trouble(fan):
    _, answer = await mapped(fan, "fan.square", [], reduce="sum")
    assert (answer["results"], answer["status"], answer["reduced"]) == ([], "ok", None)


@pytest.mark.parametrize(
    ("input", "state", "kind"),
    [
        ({"function": "fan.nothing", "items": [{}]}, "failed", "unknown_function"),
        ({"function": "fan.square"}, "rejected", "invalid_input"),
        ({"function": "fan.square", "items": [], "reduce": "product"}, "rejected", "invalid_input"),
        ({"function": "fan.square", "items_ref": "artifacts/" + "0" * 64}, "failed", "not_found"),
        ({"function": "fan.square", "items": [{"x": 1}, 7]}, "failed", "permanent"),
    ],
)
async def test_what_cannot_be_is_told_at_once(fan, input, state, kind):
    result = await fan.client.run(PROCESSING, input, wait=10)
    assert (result.state, result.error.type) == (state, kind)


async def test_a_parent_that_dies_does_not_repeat_what_its_items_have_done(tmp_path):
    notes = tmp_path / "notes"
    items = [{"path": str(notes), "n": n} for n in range(40)]
    async with stack(jobs.note) as running:
        await running.worker_process("tests.wire.engines.fan_jobs:FAN")
        input = {"function": "fan.note", "items": items, "concurrency": 8}
        job = await running.client.start(PROCESSING, input, id="job")
        await lines(notes, 16)
        await running.kill_worker()
        heir = await running.worker_process("tests.wire.engines.fan_jobs:FAN")
        result = await running.client.result(job.id, 15)
    assert json.loads(bytes(result.output))["results"] == list(range(40))
    assert result.worker == heir.id
    assert Counter(line.split()[0] for line in notes.read_text().splitlines()) == Counter(map(str, range(40)))
