"""The ledger of language models, as analytics tells it."""

import pytest

from subjects import codec, names
from subjects.model_call import ModelCall


def call(number: int, **changes) -> ModelCall:
    given = {
        "task": f"t-{number}",
        "function": "security.scan",
        "agent": "security",
        "attempt": 1,
        "worker": "w-1",
        "provider": "near",
        "model": "small",
        "kind": "chat",
        "local": True,
        "outcome": "ok",
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_tokens": 0,
        "usd": 0.0,
        "ms": 50.0,
        "at": codec.now(),
    }
    return ModelCall(**{**given, **changes})


async def test_a_task_is_told_with_all_that_it_started(store, client, bus, publish, made, caught_up):
    await publish(made(1), made(2, parent="t-1"), made(3, parent="t-2"), made(4))
    for own in (call(1), call(3, usd=0.5, local=False), call(4)):
        stored = await bus.store(names.metric("w-1", "model_call"), codec.encode(own))
    await caught_up(store, "RESULTS", 4)
    await caught_up(store, "METRICS", stored.sequence)
    answer = await client.query("models", {"task": "t-1"})
    usd = answer["columns"].index("usd")
    assert sorted(row[usd] for row in answer["rows"]) == [0.0, 0.5]


async def test_calls_tokens_dollars_and_the_local_share_are_what_a_hand_computes(
    store, client, bus, caught_up
):
    far = {"provider": "far", "model": "big", "local": False}
    calls = [
        call(1),
        call(2),
        call(3),
        call(4, outcome="timeout", input_tokens=0, output_tokens=0, ms=9000.0),
        call(4, **far, usd=0.25),
        call(5, **far, usd=None, function="debug.trace"),
        call(5, **far, usd=0.5, function="debug.trace"),
    ]
    for own in calls:
        stored = await bus.store(names.metric("w-1", "model_call"), codec.encode(own))
    await caught_up(store, "METRICS", stored.sequence)
    answer = await client.query("models")
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    found = {(row["provider"], row["function"]): row for row in rows}
    near = found["near", "security.scan"]
    assert (near["calls"], near["failed"], near["failed_mostly"]) == (4, 1, "timeout")
    assert (near["input_tokens"], near["output_tokens"], near["usd"]) == (300, 30, 0.0)
    assert (near["ms_p50"], near["local"]) == (pytest.approx(50.0, rel=0.025), True)
    assert found["far", "security.scan"]["usd"] == 0.25
    unknown = found["far", "debug.trace"]
    assert (unknown["usd"], unknown["usd_known"], unknown["calls"]) == (None, 0.5, 2)
    assert [row["local_percent"] for row in rows] == [50.0] * 3
    one = await client.query("models", {"task": "t-4"})
    assert len(one["rows"]) == 2
    assert (await client.query("models", {"function": "text.shout"}))["rows"] == []
    assert len((await client.query("models", {"agent": "security"}))["rows"]) == 3
