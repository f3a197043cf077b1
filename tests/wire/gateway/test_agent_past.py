"""What agents did and wrote, told apart by agent though they share functions, queues and workers."""

import asyncio
from functools import partial

import httpx

from functions import Context, function
from functions.api import NonRetryable
from infra.testing import stack
from tests.wire.gateway.conftest import eventually, talking


@function("patient.speak")
async def speak(text: str, ctx: Context, *, well: bool = True) -> str:
    """Says it in the log too."""
    ctx.log.debug("about to speak")
    ctx.log.warning(text, loud=True)
    if not well:
        raise NonRetryable("not well")
    return text


async def finished(http, agent, **input):
    """The id of an agent's task that has its outcome."""
    id = (await http.post(f"/api/agents/{agent}/tasks", json={"input": input})).json()["id"]
    await http.get(f"/api/tasks/{id}/result?wait=10")
    return id


async def test_metrics_and_logs_are_those_of_the_agent():
    async with stack(speak, gateway=True, analytics=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        for name in ("ann", "bob"):
            await http.post("/api/agents", json={"id": name, "capabilities": ["patient"]})
        async with talking(s.http, "/ws/agents/ann/logs") as live:
            await live.hear("subscribed")
            mine = [await finished(http, "ann", text=f"a{n}", well=n > 0) for n in range(3)]
            await finished(http, "bob", text="b")
            await finished(http, "patient", text="p")
            heard = [(await live.hear("event"))["payload"] for _ in range(6)]
        assert {line["id"] for line in heard} == set(mine)
        assert {line["agent"] for line in heard} == {"ann"}

        ask = partial(http.get, "/api/agents/ann/metrics?window=24h")
        told = (await eventually(ask, lambda got: got.json()["tasks"] == 3)).json()
        assert (told["completed"], told["failed"], told["window"]) == (2, 1, "24h")
        assert (told["success_rate"], told["error_types"]) == (200 / 3, [{"type": "permanent", "count": 1}])
        assert 0 < told["response_ms"]["p50"] <= told["response_ms"]["p99"]
        await eventually(
            partial(http.get, "/api/agents/patient/metrics"), lambda got: got.json()["tasks"] == 5
        )

        async def lines(query):
            return (await http.get(f"/api/agents/{query}")).json()

        await eventually(lambda: lines("patient/logs"), lambda page: len(page["items"]) == 10)
        loud = await lines("ann/logs?level=warning")
        assert [line["message"] for line in loud["items"]] == ["a2", "a1", "a0"]
        assert loud["items"][0]["fields"] == {"loud": True}
        first = await lines("ann/logs?limit=4")
        rest = await lines(f"ann/logs?limit=4&cursor={first['next']}")
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 2, None)
        assert (await lines("ann/logs?since=2099-01-01T00:00:00Z"))["items"] == []

        for bad, status in (("ann/metrics?window=2h", 422), ("ann/logs?level=loud", 422), ("no/logs", 404)):
            assert (await http.get(f"/api/agents/{bad}")).status_code == status


async def test_the_list_shows_how_registered_agents_did():
    async with stack(speak, gateway=True, analytics=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        await http.post("/api/agents", json={"id": "ann", "capabilities": ["patient"]})
        await asyncio.gather(*(finished(http, "ann", text="a", well=n < 3) for n in range(4)))
        ask = partial(http.get, "/api/agents/ann")
        view = (await eventually(ask, lambda got: got.json()["success_rate"] is not None)).json()
        assert (view["success_rate"], view["status"], view["throughput"]) == (75.0, "idle", 0.8)


async def test_without_analytics_the_past_is_a_problem_and_the_present_is_not(http):
    await http.post("/api/agents", json={"id": "ann", "capabilities": ["text"]})
    for past in ("metrics", "logs"):
        answer = await http.get(f"/api/agents/ann/{past}")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await http.get("/api/agents/ann")).status_code == 200
