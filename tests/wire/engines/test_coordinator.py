"""Work finds an engine that can do it; jobs of several go on whatever dies."""

import asyncio
import contextlib
from pathlib import Path

import msgspec
import pytest

from functions import function, service
from functions.engines.coordinator import FUNCTIONS
from functions.settings import WorkerSettings
from infra.testing import Stack
from subjects import names, streams
from subjects.bus import Records
from subjects.client import lanes, lookup, rules, statuses
from subjects.client.collaborations import collaborations
from subjects.routing import COORDINATED, Routing, Rule
from subjects.settings import NatsSettings

from .team import RULES, Place, note

TEAM = str(Path(__file__).with_name("team.py"))


class Team:
    """A stack with a coordinator, and the two engines in workers of their own."""

    def __init__(self, stack: Stack, place: Place) -> None:
        self.stack, self.place, self.client, self.bus = stack, place, stack.client, stack.bus
        self._opened = contextlib.AsyncExitStack()
        self.alpha = contextlib.AsyncExitStack()

    async def open(self, slots: int = 4) -> None:
        await rules.put(self.bus, RULES)
        for opened, functions in ((self.alpha, self.place.alpha()), (self._opened, self.place.beta())):
            own = WorkerSettings(nats=NatsSettings(url=self.stack.server.url), slots=slots, drain=0.1)
            await opened.enter_async_context(service.running(own, functions))

    async def close(self) -> None:
        await self.alpha.aclose()
        await self._opened.aclose()

    async def ask(self, text="hi", id=None, **more):
        """What the coordinator says that came of a task."""
        order = {"type": "work", "input": {"text": text}, **more}
        result = await self.client.run("coordinator.orchestrate", order, wait=15, id=id)
        assert result.state == "completed", result.error
        return msgspec.json.decode(result.output)

    async def coordination(self, id):
        """What a job told at its end of the time that its coordination took; waits for it."""
        while True:
            async for record in Records(self.bus, streams.STREAM_EVENTS).scan(names.any_event(id, "log")):
                line = msgspec.json.decode(record.data)
                if line["message"] == COORDINATED:
                    return line["fields"]


@pytest.fixture
async def team(revo_stack):
    made = Team(await revo_stack(*FUNCTIONS, analytics=False), Place())
    await made.open()
    yield made
    made.place.gate.set()
    await made.close()


async def test_the_rule_decides_and_a_stopped_engine_is_stood_in_for_until_it_is_started(team):
    first = await team.ask(id="first")
    assert (first["engine"], first["function"], first["output"]["by"]) == ("alpha", "alpha.work", "alpha")
    assert [one["state"] for one in first["attempts"]] == ["completed"]
    assert 0 < first["overhead_ms"] <= first["total_ms"]
    assert await team.coordination("first") == {name: first[name] for name in ("total_ms", "overhead_ms")}
    await lanes.pause(team.bus, "alpha")
    second = await team.ask()
    assert (second["engine"], second["function"], second["output"]["by"]) == ("beta", "beta.stand_in", "beta")
    assert second["refused"] == [{"engine": "alpha", "reason": "alpha is stopped"}]
    assert second["reasons"] == ["beta: stands in for alpha", "alpha is stopped"]
    await lanes.resume(team.bus, "alpha")
    assert (await team.ask())["engine"] == "alpha"
    assert (await team.ask(prefer="beta"))["engine"] == "beta"


async def test_an_engine_whose_workers_are_gone_is_stood_in_for(team):
    await team.alpha.aclose()
    told = await team.ask()
    assert (told["engine"], told["refused"][0]["reason"]) == ("beta", "alpha is offline: no worker serves it")


async def test_a_task_that_no_worker_takes_in_time_moves_on(team):
    await rules.put(team.bus, msgspec.structs.replace(RULES, patience=0.3))
    held = [await team.client.start("alpha.hold") for _ in range(4)]
    async with asyncio.timeout(30):
        while team.place.at_work < 4:  # noqa: ASYNC110 - a fact of this process
            await asyncio.sleep(0.005)
    told = await team.ask()
    assert [(one["engine"], one["state"]) for one in told["attempts"]] == [
        ("alpha", "moved"),
        ("beta", "completed"),
    ]
    assert "no worker took it" in told["attempts"][0]["error"]
    assert (await team.client.get(told["attempts"][0]["task"])).state == "canceled"
    team.place.gate.set()
    for one in held:
        await team.client.result(one.id, wait=10)


async def test_a_task_that_waits_on_an_engine_that_is_stopped_moves_on_at_once(team):
    for _ in range(4):
        await team.client.start("alpha.hold")
    async with asyncio.timeout(30):
        while team.place.at_work < 4:  # noqa: ASYNC110 - a fact of this process
            await asyncio.sleep(0.005)
    asked = asyncio.create_task(team.ask(id="stuck"))
    async with asyncio.timeout(30):
        while (await lookup.queued_record(team.bus, "stuck-run-alpha")) is None:  # noqa: ASYNC110 - stored
            await asyncio.sleep(0.005)
    await lanes.pause(team.bus, "alpha")
    told = await asked
    assert (told["engine"], told["attempts"][0]["error"]) == (
        "beta", "alpha was stopped before it began the task",
    )  # fmt: skip


async def test_a_canceled_job_takes_its_child_along_and_gives_its_seat_back(team):
    await rules.put(team.bus, Routing({"work": Rule(["hold", "work"], "alpha", "beta", 1)}, ["alpha"]))
    first = await team.client.start("coordinator.orchestrate", {"type": "hold"})
    async with asyncio.timeout(30):
        while team.place.at_work < 1:  # noqa: ASYNC110 - a fact of this process
            await asyncio.sleep(0.005)
    await team.client.cancel(first.id)
    assert (await team.client.result(f"{first.id}-run-alpha", wait=10)).state == "canceled"
    assert (await team.ask())["engine"] == "alpha"


async def test_no_more_of_a_rule_are_at_work_than_it_says_and_who_waits_takes_no_slot(team):
    tasks = [await team.client.start("coordinator.orchestrate", {"type": "hold"}) for _ in range(2 * 16)]
    async with asyncio.timeout(30):
        while team.place.at_work < 2:  # noqa: ASYNC110 - a fact of this process
            await asyncio.sleep(0.005)
    # All of them have begun, though a worker runs sixteen at once: those that wait for a seat rest.
    async with asyncio.timeout(30):
        while len(team.stack.worker.state.held) < len(tasks):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
    assert team.place.most == 2
    team.place.gate.set()
    results = [await team.client.result(task.id, wait=15) for task in tasks]
    assert {result.state for result in results} == {"completed"}
    assert team.place.most == 2


async def test_a_type_that_nobody_knows_is_refused_at_once(team):
    result = await team.client.run("coordinator.orchestrate", {"type": "fly"}, wait=10)
    assert (result.state, result.error.type, result.attempts) == ("failed", "unknown_function", 1)


async def test_work_leaves_an_engine_in_error_and_comes_back_once_it_does_well(revo_stack):
    team = Team(await revo_stack(*FUNCTIONS, analytics=True), Place())
    await team.open()
    try:
        team.place.broken = True
        for _ in range(10):
            await team.client.run("alpha.work", {"text": "x"}, wait=10)
        async with asyncio.timeout(30):
            while (await statuses.of(team.bus, ["alpha"]))[0].status != "error":  # noqa: ASYNC110 - measured
                await asyncio.sleep(0.05)
        told = await team.ask()
        assert told["engine"] == "beta"
        assert told["refused"][0]["reason"] == "alpha is in error: 0 % of its recent tasks completed"
        # Still broken: the task that it is tried on is done elsewhere.
        async with asyncio.timeout(30):
            while len((told := await team.ask())["attempts"]) < 2:  # noqa: ASYNC110 - until it is tried
                await asyncio.sleep(0.02)
        assert [(one["engine"], one["trial"]) for one in told["attempts"]] == [
            ("alpha", True),
            ("beta", False),
        ]
        team.place.broken = False
        async with asyncio.timeout(30):
            while (told := await team.ask())["engine"] != "alpha":  # noqa: ASYNC110 - until it is tried
                await asyncio.sleep(0.02)
        assert told["attempts"][0]["trial"]
        # One trial is enough, though what failed before is still in the figures.
        assert [(one["engine"], one["trial"]) for one in (await team.ask())["attempts"]] == [("alpha", False)]
    finally:
        await team.close()


def pipeline(tmp_path, **last):
    """Three steps: two side by side, one that needs both."""
    marks = str(tmp_path / "marks")
    return {
        "steps": [
            {"id": "a", "function": "steps.note", "input": {"marks": marks, "text": "a"}},
            {"id": "b", "function": "steps.note", "input": {"marks": marks, "text": "b"}, "after": ["a"]},
            {
                "id": "c",
                "function": "steps.note",
                "input": {"marks": marks, "text": {"$from": "b"}, **last},
                "after": ["a"],
            },
            {
                "id": "never",
                "function": "steps.note",
                "input": {"marks": marks, "text": "never"},
                "when": {"path": "a", "is": "equal", "value": "z"},
            },
        ]
    }


async def test_a_pipeline_runs_in_order_and_says_what_became_of_each_step(revo_stack, tmp_path):
    stack = await revo_stack(*FUNCTIONS, note)
    result = await stack.client.run("coordinator.pipeline", pipeline(tmp_path), wait=15)
    told = msgspec.json.decode(result.output)
    states = {step["id"]: (step["state"], step["output"]) for step in told["steps"]}
    assert states == {
        "a": ("completed", "a"), "b": ("completed", "b"), "c": ("completed", "b"), "never": ("skipped", None),
    }  # fmt: skip
    assert (tmp_path / "marks").read_text().split() == ["a", "b", "b"]
    assert told["status"] == "ok"
    [job] = await collaborations(stack.bus, 5)
    assert (job.id, job.state, {part.part: part.state for part in job.parts}) == (
        result.id, "completed",
        {"a": "completed", "b": "completed", "c": "completed", "never": "skipped"},
    )  # fmt: skip


async def test_a_step_is_tried_again_and_a_failure_stops_only_what_needs_it(revo_stack):
    tried = []

    @function("steps.flaky", max_attempts=1)
    async def flaky(good_at: int) -> int:
        tried.append(good_at)
        if len(tried) < good_at:
            raise RuntimeError("not yet")
        return len(tried)

    stack = await revo_stack(*FUNCTIONS, flaky)
    steps = [
        {"id": "again", "function": "steps.flaky", "input": {"good_at": 2}, "retries": 1},
        {"id": "bad", "function": "steps.flaky", "input": {"good_at": 99}, "after": ["again"]},
        {"id": "needs", "function": "steps.flaky", "input": {"good_at": {"$from": "bad"}}},
        {"id": "apart", "function": "steps.flaky", "input": {"good_at": 1}, "after": ["again"]},
    ]
    result = await stack.client.run("coordinator.pipeline", {"steps": steps, "keep_going": True}, wait=15)
    told = msgspec.json.decode(result.output)
    assert told["status"] == "partial"
    assert {step["id"]: (step["state"], step["tries"]) for step in told["steps"]} == {
        "again": ("completed", 2), "bad": ("failed", 1), "needs": ("skipped", 0), "apart": ("completed", 1),
    }  # fmt: skip
    stopped = await stack.client.run("coordinator.pipeline", {"steps": steps[1:2] + steps[:1]}, wait=15)
    assert (stopped.state, stopped.error.details["step"]) == ("failed", "bad")


async def test_a_pipeline_with_a_mistake_runs_nothing(revo_stack, tmp_path):
    stack = await revo_stack(*FUNCTIONS, note)
    wrong = pipeline(tmp_path)
    wrong["steps"][0]["after"] = ["c"]
    result = await stack.client.run("coordinator.pipeline", wrong, wait=10)
    assert (result.state, result.error.type) == ("failed", "invalid_input")
    assert "wait for each other" in result.error.message
    assert not (tmp_path / "marks").exists()


async def _parts(stack, id):
    jobs = await collaborations(stack.bus, 5)
    return [part.state for job in jobs if job.id == id for part in job.parts]


async def test_a_killed_coordinator_is_followed_by_one_that_goes_on_where_it_was(revo_stack, tmp_path):
    stack = await revo_stack(note)
    await rules.put(stack.bus, Routing({"steps": Rule(["note"], "steps", at_once=1)}, ["steps"]))
    go, other = tmp_path / "go", tmp_path / "other"
    await stack.worker_process(f"{TEAM}:COORDINATOR")
    order = {"type": "note", "input": {"marks": str(other), "text": "once", "wait_for": str(go)}}
    single = await stack.client.start("coordinator.orchestrate", order)
    task = await stack.client.start("coordinator.pipeline", pipeline(tmp_path, wait_for=str(go)))
    wanted = ["completed", "skipped", "completed", "running"]
    async with asyncio.timeout(30):
        while not (other.exists() and await _parts(stack, task.id) == wanted):  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.02)
    await stack.kill_worker()
    await stack.worker_process(f"{TEAM}:COORDINATOR")
    go.touch()
    assert (await stack.client.result(single.id, wait=15)).state == "completed"
    assert other.read_text().split() == ["once"]
    result = await stack.client.result(task.id, wait=15)
    assert (result.state, result.attempts) == ("completed", 1)
    assert (tmp_path / "marks").read_text().split() == ["a", "b", "b"]
