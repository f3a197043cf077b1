"""Agents: registered, changed, listed, given tasks, stopped and started over HTTP."""

import asyncio
from functools import partial

import pytest

from gateway.agents import Wanted
from subjects import codec
from subjects.agents import Agent, Definition
from subjects.bus import Records
from subjects.kv import Bucket
from subjects.messages import Held, WorkerInfo
from tests.wire.gateway.conftest import eventually, worker

SCOUT = {"id": "scout", "capabilities": ["text"], "name": "Scout", "config": {"text": "hello", "other": 1}}


async def test_an_agent_is_registered_read_changed_and_forgotten(http):
    made = await http.post("/api/agents", json=SCOUT)
    assert (made.status_code, made.headers["location"]) == (201, "/api/agents/scout")
    view = made.json()
    assert (view["origin"], view["status"], view["capabilities"]) == ("registered", "offline", ["text.shout"])
    assert view["definition"]["config"] == SCOUT["config"]
    changed = await http.put("/api/agents/scout", json={**view["definition"], "description": "looks around"})
    assert changed.json()["description"] == "looks around"
    assert changed.json()["revision"] > view["revision"]
    assert changed.json()["created_at"] == view["created_at"]
    assert (await http.delete("/api/agents/scout")).status_code == 204
    assert (await http.get("/api/agents/scout")).status_code == 404
    history = (await http.get("/api/agents/scout/history")).json()
    assert [one["agent"] and one["agent"]["definition"].get("description") for one in history] == [
        None,
        "looks around",
        None,
    ]
    # A name that was given up can be taken again.
    assert (await http.post("/api/agents", json=SCOUT)).status_code == 201


async def test_who_read_an_old_revision_changes_nothing(http):
    old = (await http.post("/api/agents", json=SCOUT)).headers["etag"]
    new = (await http.put("/api/agents/scout", json={"capabilities": ["text"]})).headers["etag"]
    late = await http.put("/api/agents/scout", json={"capabilities": ["x"]}, headers={"If-Match": old})
    assert (late.status_code, late.json()["code"]) == (412, "out_of_date")
    assert (await http.delete("/api/agents/scout", headers={"If-Match": old})).status_code == 412
    good = await http.put("/api/agents/scout", json={"capabilities": ["x"]}, headers={"If-Match": new})
    assert good.status_code == 200
    odd = await http.put("/api/agents/scout", json={"capabilities": ["x"]}, headers={"If-Match": "?"})
    assert odd.status_code == 422


async def test_of_ten_who_register_the_same_id_at_once_one_does(http):
    answers = await asyncio.gather(*(http.post("/api/agents", json=SCOUT) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_exists"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"id": "a.b", "capabilities": ["text"]}, 422, "invalid_id"),
        ({"id": "auto", "capabilities": ["text"]}, 409, "already_exists"),
        ({"id": "text", "capabilities": ["text"]}, 409, "already_exists"),
        ({"id": "parallel_mind", "capabilities": ["text"]}, 409, "already_exists"),
        ({"id": "a", "capabilities": []}, 422, "invalid_request"),
        ({"id": "a", "capabilities": ["text.>"]}, 422, "invalid_id"),
        ({"id": "a", "capabilities": ["text"], "colour": "red"}, 422, "invalid_request"),
        ({"id": "a", "capabilities": ["text"], "limits": {"timeout": -1}}, 422, "invalid_request"),
        ({"id": "a", "capabilities": ["text"], "limits": {"priority": "urgent"}}, 422, "invalid_request"),
        ({"id": "a", "capabilities": ["text"], "thresholds": {"success_rate": 101}}, 422, "invalid_request"),
        ({"id": "a", "capabilities": ["text"], "config": {"x": "y" * 70_000}}, 413, "payload_too_large"),
    ],
)
async def test_what_is_no_agent_is_refused(http, body, status, code):
    answer = await http.post("/api/agents", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_announced_agent_is_there_by_itself_and_cannot_be_written(http):
    view = (await http.get("/api/agents/text")).json()
    assert (view["origin"], view["queue"], view["capabilities"]) == ("announced", "text", ["text.shout"])
    for answer in (
        await http.put("/api/agents/text", json={"capabilities": ["text"]}),
        await http.delete("/api/agents/text"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_task_of_an_agent_carries_its_defaults_limits_and_name(http, bus):
    limits = {"timeout": 5, "max_attempts": 2, "priority": "medium"}
    await http.post("/api/agents", json={**SCOUT, "limits": limits})
    task = {"priority": "critical", "timeout": 60, "id": "t1"}
    answer = await http.post("/api/agents/scout/tasks", json=task)
    assert (answer.status_code, answer.json()["function"]) == (202, "text.shout")
    stored = await Records(bus, "TASKS").last("task.text.medium.shout.t1")
    # `other` is none of the function's inputs, so it stays out.
    assert codec.decode(stored.data) == {"text": "hello"}
    assert (stored.headers["Task-Agent"], stored.headers["Task-Timeout"]) == ("scout", "5.0")
    assert stored.headers["Task-Max-Attempts"] == "2"
    own = await http.post("/api/agents/scout/tasks", json={"input": {"text": "mine"}, "id": "t2"})
    assert own.status_code == 202
    assert codec.decode((await Records(bus, "TASKS").last("task.*.*.*.t2")).data) == {"text": "mine"}


async def test_the_agent_of_a_plain_submission_is_held_to_the_same(http, bus):
    await http.post("/api/agents", json=SCOUT)
    task = {"function": "text.shout", "agent": "scout", "id": "t1"}
    assert (await http.post("/api/tasks", json=task)).status_code == 202
    assert codec.decode((await Records(bus, "TASKS").last("task.*.*.*.t1")).data) == {"text": "hello"}
    other = {"function": "perfect_recall.memory_store", "agent": "scout"}
    assert (await http.post("/api/tasks", json=other)).json()["code"] == "forbidden"
    assert (await http.post("/api/tasks", json={**task, "agent": "nobody"})).json()["code"] == "not_found"


async def test_an_agent_does_only_what_it_may(http):
    both = ["text", "perfect_recall.memory_store"]
    await http.post("/api/agents", json={"id": "both", "capabilities": both})
    few = {"id": "few", "capabilities": both, "permissions": {"functions": ["text.shout"]}}
    await http.post("/api/agents", json=few)
    for agent, function, status, code in (
        ("both", None, 422, "invalid_request"),
        ("both", "shout", 202, None),
        ("both", "memory_store", 202, None),
        ("both", "text.sing", 404, "unknown_function"),
        ("few", None, 202, None),
        ("few", "perfect_recall.memory_store", 403, "forbidden"),
        ("text", "perfect_recall.memory_store", 403, "forbidden"),
        ("text", "shout", 202, None),
        ("nobody", "shout", 404, "not_found"),
    ):
        answer = await http.post(f"/api/agents/{agent}/tasks", json={"function": function})
        assert (answer.status_code, answer.json().get("code")) == (status, code), (agent, function)


async def test_a_stopped_agent_takes_nothing_until_it_is_started(http):
    await http.post("/api/agents", json=SCOUT)
    for agent in ("scout", "text"):
        for _ in range(2):
            stopped = await http.post(f"/api/agents/{agent}/stop")
            assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
        assert (await http.get(f"/api/agents/{agent}")).json()["status"] == "stopped"
        refused = await http.post(f"/api/agents/{agent}/tasks", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "agent_stopped")
        assert (await http.post(f"/api/agents/{agent}/start")).json()["status"] == "offline"
        assert (await http.post(f"/api/agents/{agent}/tasks", json={})).status_code == 202
    assert (await http.post("/api/agents/nobody/stop")).status_code == 404
    assert (await http.post("/api/agents/perfect_recall/stop")).status_code == 404


async def test_a_registered_agent_shows_its_own_tasks_alone(http, bus):
    await http.post("/api/agents", json=SCOUT)
    now = codec.now()
    held = [Held("mine", "text.shout", 1, "", now, "scout"), Held("other", "text.shout", 1, "", now)]
    await Bucket(bus, "workers", WorkerInfo).put("w1", worker(held=held), ttl=60)
    ask = partial(http.get, "/api/agents/scout")
    view = (await eventually(ask, lambda got: got.json()["status"] == "processing")).json()
    assert (view["current"], view["workers"]) == (["mine"], 1)
    assert (await http.get("/api/agents/text")).json()["current"] == ["mine", "other"]


async def test_agents_are_listed_page_by_page_and_narrowed(http):
    for number in range(5):
        body = {"id": f"a{number}", "capabilities": ["text" if number % 2 else "perfect_recall"]}
        await http.post("/api/agents", json=body)
    found, address = [], "/api/agents?limit=2"
    while address:
        answer = await http.get(address)
        found.append([view["id"] for view in answer.json()])
        address = answer.links.get("next", {}).get("url")
    assert found == [["text", "a0"], ["a1", "a2"], ["a3", "a4"]]
    for query, ids in {
        "capability=text": ["text", "a1", "a3"],
        "capability=perfect_recall.memory_store": ["a0", "a2", "a4"],
        "origin=registered&text=A4": ["a4"],
        "status=idle": [],
        "status=offline&origin=announced": ["text"],
    }.items():
        assert [view["id"] for view in (await http.get(f"/api/agents?{query}")).json()] == ids, query
    assert (await http.get("/api/agents?cursor=x")).json()["code"] == "invalid_request"


async def test_what_another_gateway_or_a_command_wrote_is_listed_too(http, bus):
    now = codec.now()
    agent = Agent("late", Definition(capabilities=["text"]), now, now)
    bucket = Bucket(bus, "agents", Agent)
    revision = await bucket.write("late", agent, 0)

    async def listed():
        return [view["id"] for view in (await http.get("/api/agents?origin=registered")).json()]

    await eventually(listed, lambda ids: ids == ["late"])
    await bucket.write("late", None, revision)
    await eventually(listed, lambda ids: ids == [])


async def test_two_thousand_agents_are_all_listed(http, bus, gateway):
    """More than the server gives in one read of last messages (1,024)."""
    now = codec.now()
    bucket = Bucket(bus, "agents", Agent)
    every = [Agent(f"a{n:04}", Definition(capabilities=["text"]), now, now) for n in range(2000)]
    for start in range(0, 2000, 250):
        await asyncio.gather(*(bucket.write(one.id, one, 0) for one in every[start : start + 250]))
    await gateway.parts.agents.registry.load()
    page = await gateway.parts.agents.page(Wanted(origin="registered", limit=5000))
    assert [view.id for view in page.views] == [one.id for one in every]


async def test_the_best_agent_is_chosen_with_reasons_and_gets_the_task(http, bus):
    for name, extra in (("busy", {}), ("free", {}), ("off", {"enabled": False})):
        await http.post("/api/agents", json={"id": name, "capabilities": ["text.shout"], **extra})
    held = [Held("t0", "text.shout", 1, "", codec.now(), "busy")]
    await Bucket(bus, "workers", WorkerInfo).put("w1", worker(held=held), ttl=60)
    request = {"capabilities": ["text.shout"]}

    async def ask():
        return (await http.post("/api/agents/choose", json=request)).json()

    choice = await eventually(ask, lambda got: len(got["candidates"]) == 3)
    assert (choice["agent"], choice["decided_by"]) == ("free", "status")
    assert [one["agent"] for one in choice["candidates"]] == ["free", "busy", "text"]
    assert choice["excluded"] == [{"agent": "off", "why": "is stopped"}]
    given = await http.post("/api/agents/auto/tasks", json={"function": "text.shout", "id": "t1"})
    assert (given.status_code, given.headers["task-agent"]) == (202, "free")
    assert (await Records(bus, "TASKS").last("task.*.*.*.t1")).headers["Task-Agent"] == "free"
    nobody = await http.post("/api/agents/choose", json={"capabilities": ["x.y"]})
    assert (nobody.status_code, nobody.json()["agent"]) == (200, None)
    assert (await http.post("/api/agents/auto/tasks", json={})).json()["code"] == "invalid_request"
    refused = await http.post("/api/agents/auto/tasks", json={"capabilities": ["x"]})
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
