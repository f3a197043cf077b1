"""A handler that eats memory in a process of its own takes nothing along."""

from subjects.messages import Result
from tests.faults.parts import Stack


async def test_a_handler_that_eats_memory_fails_and_the_worker_lives_on(whole: Stack):
    worker = await whole.worker("worker-1")
    greedy = await whole.client.run("jobs.eat", {"megabytes": 4096}, wait=15)
    assert greedy.error is not None
    assert (greedy.state, greedy.error.type) == ("failed", "handler_failed")
    assert str(256 << 20) in greedy.error.message, "it says how much it was allowed"
    modest: Result = await whole.client.run("jobs.eat", {"megabytes": 16}, wait=15)
    assert (modest.state, bytes(modest.output)) == ("completed", b"16")
    assert modest.worker == worker.facts["worker"]


async def test_many_hungry_handlers_at_once_do_not_disturb_the_quick_ones(whole: Stack):
    await whole.worker("worker-1", slots=4)
    hungry = [await whole.client.start("jobs.eat", {"megabytes": 2000}) for _ in range(6)]
    quick = [await whole.client.start("jobs.square", {"x": x}, priority="high") for x in range(20)]
    for x, task in enumerate(quick):
        assert bytes((await whole.client.result(task.id, wait=15)).output) == str(x * x).encode()
    for task in hungry:
        assert (await whole.client.result(task.id, wait=15)).state == "failed"
