"""creative asks the real memory, over the queue."""

import json

from functions.engines import creative, perfect_recall
from infra.testing import stack

PROBLEM = "How can we reduce the latency of the checkout page?"
KNOWN = "Checkout latency fell when payment calls were batched"


async def created(running, **more):
    result = await running.client.run("creative.creative_generation", {"problem": PROBLEM, **more}, wait=15)
    return json.loads(await running.client.output(result))


async def test_what_is_remembered_is_no_news_and_may_be_carried_over():
    async with stack(*perfect_recall.FUNCTIONS, *creative.FUNCTIONS) as running:
        stored = {"text": KNOWN, "namespace": "payments"}
        assert (await running.client.run("perfect_recall.memory_store", stored, wait=10)).state == "completed"
        made = await created(running, count=50)
        assert made["memory"] == 1
        analogy = next(own for own in made["candidates"] if own["origin"] == "analogy")
        assert analogy["derivation"]["namespace"] == "payments"
        assert analogy["derivation"]["source"] == KNOWN
        asked = {"problem": PROBLEM, "candidates": [KNOWN]}
        judged = await running.client.run("creative.innovation", asked, wait=10)
        (copy,) = json.loads(await running.client.output(judged))["candidates"]
        assert (copy["score"]["innovation"], copy["score"]["novelty"]["nearest"]["kind"]) == (0.0, "memory")


async def test_without_a_memory_the_answer_says_so_at_once():
    async with stack(*creative.FUNCTIONS) as running:
        made = await created(running)
        assert made["memory"] is None
        assert any("no worker has announced 'perfect_recall.memory_query'" in note for note in made["notes"])
        assert len(made["candidates"]) == 5
