"""`revo predict` as it is typed and read."""

import asyncio
import json

from functions import Context, function
from functions.api import NonRetryable
from infra.testing import stack


@function("weather.ask")
async def ask(well: bool, ctx: Context) -> bool:
    """Works out or not."""
    if not well:
        raise NonRetryable("rain")
    return well


async def test_a_sentence_a_table_and_what_it_was_learnt_from(bare, tmp_path):
    async with stack(ask, analytics=True) as s:
        runs = (s.client.run("weather.ask", {"well": number % 4 > 0}) for number in range(24))
        await asyncio.gather(*runs)
        async with asyncio.timeout(30):
            while 24 not in (await s.client.query("overview"))["rows"][0]:  # noqa: ASYNC110 - over the wire
                await asyncio.sleep(0.02)

        async def revo(*words):
            return await asyncio.to_thread(bare, *words, "--server", s.server.url)

        said = await revo("predict", "weather.ask", "--agent", "ann")
        assert said.returncode == 0, said.stderr
        assert said.stdout.startswith("Completes with 7")
        for word in ("completes", "waits", "runs", "costs", "24 tasks", "ann has never done weather.ask"):
            assert word in said.stdout, word
        steps = tmp_path / "steps.json"
        steps.write_text(json.dumps([{"function": "weather.ask", "count": 3}, [{"function": "weather.aks"}]]))
        told = await revo("predict", "-f", str(steps), "-o", "json")
        assert json.loads(told.stdout)["steps"][1]["nearest"] == ["weather.ask"]
        assert "did you mean weather.ask?" in (await revo("predict", "-f", str(steps))).stdout
        scores = await revo("query", "calibration")
        assert "too little to judge" in scores.stdout
        for wrong in (("predict",), ("predict", "a.b", "--size", "-1"), ("predict", "a.b", "--size", "nan")):
            assert (await revo(*wrong)).returncode == 2, wrong
