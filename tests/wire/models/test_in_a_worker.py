"""Models in a running system: results, the ledger, child processes, and keys that stay where they are."""

from pathlib import Path

import msgspec
import pytest

from functions.settings import WorkerSettings
from infra.model_server import Say
from infra.testing import Stack
from subjects import names, streams
from subjects.bus import Records
from subjects.model_call import ModelCall

JOBS = Path(__file__).with_name("model_jobs.py")
KEY = "k-of-a-test-17"


@pytest.fixture
async def system(revo_stack, model_server, monkeypatch) -> Stack:
    from functions import registry

    monkeypatch.setenv("MODEL_KEY_OF_A_TEST", KEY)
    models = model_server.settings(key_env="MODEL_KEY_OF_A_TEST", retries=0)
    own = WorkerSettings(drain=1.0, models=models, name="w-models")
    return await revo_stack(*registry.load([str(JOBS)]).values(), worker=own)


async def calls(stack: Stack) -> list[ModelCall]:
    """The ledger, as analytics reads it."""
    records = Records(stack.bus, streams.STREAM_METRICS)
    subject = names.metric("w-models", "model_call")
    return [msgspec.json.decode(own.data, type=ModelCall) async for own in records.scan(subject)]


async def test_a_result_says_what_its_model_took_and_so_does_the_ledger(system: Stack, model_server):
    model_server.answers = [Say("Paris", tokens=(20, 3))]
    result = await system.client.run("ask.here", {"text": "The capital of France?"}, wait=10)
    assert msgspec.json.decode(result.output)["text"] == "Paris"
    assert result.usage is not None
    assert {key: result.usage[key] for key in ("model_calls", "input_tokens", "output_tokens", "usd")} == {
        "model_calls": 1,
        "input_tokens": 20,
        "output_tokens": 3,
        "usd": 0.0,
    }
    (call,) = await calls(system)
    assert (call.task, call.function, call.agent, call.worker) == (result.id, "ask.here", "ask", "w-models")
    assert (call.provider, call.outcome, call.usd, call.input_tokens) == ("scripted", "ok", 0.0, 20)


async def test_a_child_process_asks_through_the_worker_and_never_sees_the_key(system: Stack, model_server):
    model_server.answers = ["not json", '{"good": true}']
    result = await system.client.run("ask.apart", {"text": "Good?"}, wait=15)
    assert msgspec.json.decode(result.output) == {"text": "True after 2", "key": None}
    assert result.usage is not None
    assert result.usage["model_calls"] == 2
    assert model_server.asked[0].key == KEY
    here = await system.client.run("ask.here", {"text": "?"}, wait=10)
    assert msgspec.json.decode(here.output)["key"] == KEY


async def test_nonsense_fails_the_task_with_its_cost_and_the_worker_lives(system: Stack, model_server):
    model_server.answers = ["bla", "bla", "fine"]
    result = await system.client.run("ask.typed", {"text": "Good?"}, wait=10)
    assert result.error is not None
    assert (result.state, result.error.type) == ("failed", "model_failed")
    assert result.usage is not None
    assert result.usage["model_calls"] == 2
    again = await system.client.run("ask.here", {"text": "?"}, wait=10)
    assert again.state == "completed"
