"""Ratings and the analytics of agents over HTTP, from tasks that really ran."""

from functools import partial

import httpx
import pytest

from functions import function
from functions.api import NonRetryable
from infra.testing import stack
from tests.wire.gateway.conftest import eventually


@function("patient.answer")
async def answer(*, well: bool = True) -> str:
    """Answers, or does not."""
    if not well:
        raise NonRetryable("not well")
    return "yes"


async def test_what_ran_and_how_it_was_rated_is_told_for_queue_and_agent():
    async with stack(answer, gateway=True, analytics=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        for name in ("ann", "lazy"):
            await http.post("/api/agents", json={"id": name, "capabilities": ["patient"]})
        for number in range(4):
            task = {"id": f"t{number}", "input": {"well": number > 0}}
            await http.post("/api/agents/ann/tasks", json=task)
            await http.get(f"/api/tasks/t{number}/result?wait=10")
        kept = await http.post("/api/tasks/t1/feedback", json={"score": 4, "user": "eva", "comment": "good"})
        assert (kept.status_code, kept.json()["agent"], kept.json()["function"]) == (
            201,
            "ann",
            "patient.answer",
        )
        await http.post("/api/tasks/t2/feedback", json={"thumb": "down", "user": "eva"})

        ask = partial(http.get, "/api/analytics/agents/ann?window=24h")

        def complete(got):
            return got.status_code == 200 and got.json()["tasks"] == 4 and got.json()["satisfaction"]["mean"]

        told = (await eventually(ask, complete)).json()
        assert (told["success"]["count"], told["success"]["of"]) == (3, 4)
        assert told["satisfaction"]["mean"] == 2.5
        assert told["satisfaction"]["satisfied"]["count"] == 1
        assert 0 < told["response_ms"]["p50"] <= told["response_ms"]["p95"]
        everyone = (await http.get("/api/analytics/agents")).json()
        assert {(own["agent"], own["origin"], own["tasks"]) for own in everyone} == {
            ("ann", "registered", 4),
            ("patient", "announced", 4),
        }
        idle = await http.get("/api/analytics/agents/lazy")
        assert (idle.status_code, "has done nothing" in idle.json()["detail"]) == (404, True)
        assert (await http.get("/api/analytics/agents/nobody")).status_code == 404
        assert (await http.get("/api/analytics/agents?window=2d")).status_code == 422


@pytest.mark.parametrize(
    ("id", "body", "status"),
    [
        ("queued", {"score": 3}, 409),
        ("nothing", {"score": 3}, 404),
        ("a.b", {"score": 3}, 422),
        ("queued", {"score": 0}, 422),
        ("queued", {"score": 4.5}, 422),
        ("queued", {"thumb": "sideways"}, 422),
        ("queued", {}, 422),
        ("queued", {"score": 3, "thumb": "up"}, 422),
        ("queued", {"score": 3, "user": ""}, 422),
        ("queued", {"score": 3, "comment": "x" * 2001}, 422),
        ("queued", {"score": 3, "colour": "red"}, 422),
    ],
)
async def test_what_is_no_rating_is_refused(http, id, body, status):
    await http.post("/api/tasks", json={"function": "text.shout", "id": "queued"})
    assert (await http.post(f"/api/tasks/{id}/feedback", json=body)).status_code == status


async def test_without_analytics_the_answer_says_so(http):
    refused = await http.get("/api/analytics/agents")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
