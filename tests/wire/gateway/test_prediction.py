"""Predictions over HTTP, typed, with problems for what is asked wrongly."""

import asyncio
from functools import partial

import httpx

from functions import Context, function
from functions.api import NonRetryable
from infra.testing import stack
from tests.wire.gateway.conftest import eventually


@function("weather.ask")
async def ask(well: bool, ctx: Context) -> bool:
    """Works out or not."""
    if not well:
        raise NonRetryable("rain")
    return well


async def test_what_tasks_did_says_what_the_next_one_will_do():
    async with stack(ask, gateway=True, analytics=True) as s, httpx.AsyncClient(base_url=s.http) as http:
        runs = (s.client.run("weather.ask", {"well": number % 4 > 0}) for number in range(24))
        await asyncio.gather(*runs)
        rows = partial(s.client.query, "overview")
        await eventually(rows, lambda told: 24 in told["rows"][0])
        answer = await http.post("/api/analytics/predict", json={"steps": [{"function": "weather.ask"}]})
        told = answer.json()
        assert (answer.status_code, told["status"]) == (200, "ok")
        assert told["success"]["low"] < 0.75 < told["success"]["high"]
        assert told["learnt"]["tasks"] == 24
        assert told["says"].startswith("Completes with 7")
        assert told["steps"][0]["skill"]["used"] == "base_rate"

        group = {
            "steps": [{"function": "weather.ask"}, [{"function": "weather.ask"}, {"function": "no.such"}]]
        }
        told = (await http.post("/api/analytics/predict", json=group)).json()
        assert (told["status"], told["success"]) == ("no_history", None)
        assert [step["status"] for step in told["steps"]] == ["ok", "ok", "no_history"]

        scores = (await http.get("/api/analytics/calibration?function=weather.ask")).json()
        assert (scores["scores"][0]["function"], scores["reliability"]) == ("weather.ask", [])

        for wrong in ({"steps": []}, {"steps": [{"function": "a.b", "size": -1}]}, {"steps": [{}]}, {}):
            refused = await http.post("/api/analytics/predict", json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), wrong


async def test_without_analytics_it_is_a_problem(http):
    for answer in (
        await http.post("/api/analytics/predict", json={"steps": [{"function": "a.b"}]}),
        await http.get("/api/analytics/calibration"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
