"""The real engines, given work by the coordinator: a stand-in does real work, and three make one answer."""

import msgspec
import pytest

from functions.builtin import FUNCTIONS
from subjects.client import lanes

ENGINES = ("coordinator.", "perfect_recall.", "parallel_mind.", "creative.")


@pytest.fixture
async def stack(revo_stack):
    return await revo_stack(*(own for own in FUNCTIONS if own.name.startswith(ENGINES)), gateway=True)


async def orchestrated(stack, http, **order):
    accepted = (await http.post(f"{stack.http}/api/engines/orchestrate", json=order)).json()
    result = await stack.client.result(accepted["id"], wait=15)
    assert result.state == "completed", result.error
    return msgspec.json.decode(result.output)


async def test_parallel_mind_remembers_while_perfect_recall_is_stopped(stack, http):
    await lanes.pause(stack.bus, "perfect_recall")
    kept = await orchestrated(stack, http, type="memory_store", input={"text": "bicycles need air"})
    assert (kept["engine"], kept["function"]) == ("parallel_mind", "parallel_mind.stand_in")
    await lanes.resume(stack.bus, "perfect_recall")
    found = await orchestrated(stack, http, type="memory_query", input={"query": "air for bicycles"})
    assert (found["engine"], found["output"]["memories"][0]["text"]) == (
        "perfect_recall",
        "bicycles need air",
    )


async def test_a_hybrid_job_recalls_creates_works_on_and_remembers(stack, http):
    await orchestrated(stack, http, type="memory_store", input={"text": "a tent for two bicycles"})
    told = await orchestrated(stack, http, type="hybrid", input={"goal": "shelter for bicycles"})
    run = told["output"]
    assert [(part["id"], part["state"], part["engine"]) for part in run["parts"]] == [
        ("recall", "completed", "perfect_recall"),
        ("create", "completed", "creative"),
        ("process", "completed", "parallel_mind"),
        ("store", "completed", "perfect_recall"),
    ]
    assert run["ideas"] == len(run["parts"][1]["output"]["candidates"]) > 0
    # What was recalled is no news to the creative engine, and each idea was looked up in memory.
    assert run["parts"][0]["output"]["memories"][0]["text"] == "a tent for two bicycles"
    assert len(run["parts"][2]["output"]["results"]) == run["ideas"]
    idea = run["parts"][1]["output"]["candidates"][0]["text"]
    found = await orchestrated(stack, http, type="memory_query", input={"query": idea, "kind": "idea"})
    assert found["output"]["memories"][0]["text"] == idea
    [job] = [
        own
        for own in (await http.get(f"{stack.http}/api/engines/collaboration")).json()
        if len(own["parts"]) == 4
    ]
    assert {part["part"]: part["state"] for part in job["parts"]} == dict.fromkeys(
        ("recall", "create", "process", "store"), "completed"
    )


async def test_rules_are_changed_at_run_time_and_nonsense_is_refused(stack, http):
    at = f"{stack.http}/api/engines/routing"
    rules = (await http.get(at)).json()
    rules["rules"]["memory"] |= {"engine": "parallel_mind", "fallback": "perfect_recall"}
    assert (await http.put(at, json=rules)).status_code == 200
    kept = await orchestrated(stack, http, type="memory_store", input={"text": "by the other one"})
    assert kept["function"] == "parallel_mind.stand_in"
    rules["rules"]["memory"]["fallback"] = "parallel_mind"
    refused = await http.put(at, json=rules)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "cannot stand in for itself" in refused.json()["detail"]
