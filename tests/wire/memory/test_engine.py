"""perfect_recall in whole systems: tasks in, answers out; killed, asked wrongly, asked to forget."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Raw

from functions.builtin import FUNCTIONS
from functions.engines import perfect_recall
from infra.testing import Stack
from subjects import codec, streams
from subjects.bus import Records
from subjects.messages import Result, Submission

QUEUE = "perfect_recall"
Files = Callable[[Path, bytes], list[str]]


async def ask(stack: Stack, name: str, **input: Any) -> Any:
    result = await stack.client.run(f"{QUEUE}.{name}", input)
    assert result.state == "completed", result.error
    return json.loads(bytes(result.output))


async def test_the_five_functions_work_together(revo_stack: Any):
    s = await revo_stack(*perfect_recall.FUNCTIONS)
    facts = ["The staging database is read-only on Fridays.", "the staging database is READ-only on fridays"]
    stored = await ask(s, "memory_store", items=[{"text": text} for text in facts], namespace="ops")
    assert [own["namespace"] for own in stored["stored"]] == ["ops", "ops"]
    assert stored["semantic"] is False
    await ask(s, "memory_store", text="Alice asked for a report.", tags=["session:7"])
    found = await ask(s, "memory_query", query="staging database", namespace="ops")
    assert (len(found["memories"]), found["mode"], found["semantic"], found["indexed"]) == (
        2,
        "keyword",
        False,
        3,
    )
    answer = await ask(s, "knowledge_retrieval", question="When is the database read-only?")
    assert [len(own["citations"]) for own in answer["passages"]] == [2]
    assert answer["characters"] == len(answer["passages"][0]["text"])
    context = await ask(s, "context_search", text="who asked for the report", session="7")
    assert context["text"] == "Alice asked for a report."
    assert (await ask(s, "memory_forget", namespace="ops", everything=True))["forgotten"] == 2
    assert (await ask(s, "memory_query", query="staging"))["memories"] == []


async def test_what_is_forgotten_is_in_no_file_any_more(revo_stack: Any, files_with: Files):
    s: Stack = await revo_stack(*perfect_recall.FUNCTIONS, analytics=True)
    words = ["saffron", "vermilion", "cerulean"]
    # Something waits in the queue all the time, so that the file of the queue is never simply dropped.
    await s.client.submit(Submission("nobody.waits"))
    for number, word in enumerate(words):
        text = f"the secret colour is {word}"
        await ask(s, "memory_store", text=text, namespace="colours", id=f"colour-{number}")
    await ask(s, "memory_store", text="the public colour is amethyst", namespace="colours", tags=["public"])
    await ask(s, "memory_query", query="secret colour", namespace="colours")
    await ask(s, "knowledge_retrieval", question="secret colour", namespaces=["colours"])
    await ask(s, "context_search", text="secret colour", namespace="colours")
    task = (await s.client.run(f"{QUEUE}.memory_query", {"query": "secret colour"})).id
    async with asyncio.timeout(30):
        while not files_with(s.state, task.encode()) or not await _analysed(s, task):
            pass
    assert files_with(s.state, b"vermilion")
    assert await ask(s, "memory_forget", ids=["colour-0"]) == {"forgotten": 1, "outcomes": 5}
    assert not files_with(s.state, b"saffron")
    assert files_with(s.state, b"vermilion")
    assert (await ask(s, "memory_forget", namespace="colours", everything=True))["forgotten"] == 3
    for word in [*words, "amethyst"]:
        assert not files_with(s.state, word.encode()), word


async def test_a_task_that_stored_repeats_its_input_nowhere(revo_stack: Any, files_with: Files):
    s: Stack = await revo_stack(*perfect_recall.FUNCTIONS)
    await s.client.submit(Submission("nobody.waits"))
    wanted = Submission(f"{QUEUE}.memory_store", Raw(b'{"text":"ochre"}'), id="once")
    await s.client.submit(wanted)
    result = await s.client.result("once", 10)
    assert (result.state, bytes(result.input)) == ("completed", b'{"erased":true}')
    # The same again is known by its id, though nobody can compare its input any more.
    assert (await s.client.submit(wanted)).duplicate
    # And past our doors: a worker died between the outcome and the acknowledgement.
    await s.bus.store(f"task.{QUEUE}.medium.memory_store.once", b'{"text":"ochre","tags":["again"]}')
    async with asyncio.timeout(30):
        while (await Records(s.bus, streams.STREAM_TASKS).info())["state"]["messages"] > 1:
            pass
    assert files_with(s.state, b"ochre") == ["nats/nats/jetstream/APP/streams/MEMORIES/msgs/1.blk"]


async def _analysed(stack: Stack, id: str) -> bool:
    """Whether analytics has the row of a task."""
    info = await stack.bus.api(f"CONSUMER.NAMES.{streams.STREAM_RESULTS}")
    for name in info["consumers"] or []:
        told = await stack.bus.api(f"CONSUMER.INFO.{streams.STREAM_RESULTS}.{name}")
        if told["num_pending"] or told["num_ack_pending"]:
            return False
    return bool(info["consumers"])


async def test_a_worker_killed_while_it_stores_leaves_each_memory_once(revo_stack: Any):
    s: Stack = await revo_stack()
    first = await s.worker_process("functions.builtin", only=(QUEUE,))
    items = [{"text": f"memory number {number}"} for number in range(1000)]
    task = await s.client.submit(Submission(f"{QUEUE}.memory_store", Raw(codec.encode({"items": items}))))
    records = Records(s.bus, streams.STREAM_MEMORIES)
    async with asyncio.timeout(30):
        while (await records.info())["state"]["messages"] == 0:
            pass
    await first.kill()
    assert 0 < (await records.info())["state"]["messages"] < 1000
    await s.worker_process("functions.builtin", only=(QUEUE,))
    result = await s.client.result(task.id, 15)
    assert result.state == "completed"
    found = await ask(s, "memory_query", query="memory number 999", limit=1)
    assert found["indexed"] == 1000
    assert found["memories"][0]["text"] == "memory number 999"


async def test_a_function_in_a_process_of_its_own_remembers_too(revo_stack: Any):
    s: Stack = await revo_stack()
    await s.worker_process(str(Path(__file__).with_name("memory_jobs.py")))
    result = await s.client.run("notes.learn", {"text": "red fox"})
    assert json.loads(bytes(result.output)) == ["red fox"], result.error


WRONG = {
    "nothing": ("memory_store", {}),
    "empty text": ("memory_store", {"text": ""}),
    "blank text": ("memory_store", {"text": " \n"}),
    "text and items": ("memory_store", {"text": "a", "items": [{"text": "b"}]}),
    "empty namespace": ("memory_store", {"text": "a", "namespace": ""}),
    "namespace of two words": ("memory_store", {"text": "a", "namespace": "a.b"}),
    "long text": ("memory_store", {"text": "x" * 1_000_000}),
    "importance": ("memory_store", {"text": "a", "importance": 2}),
    "no time at all": ("memory_store", {"text": "a", "ttl": 0}),
    "null vector": ("memory_store", {"text": "a", "vector": [0, 0]}),
    "infinite vector": ("memory_store", b'{"text": "a", "vector": [1e999, 1]}'),
    "nan vector": ("memory_store", b'{"text": "a", "vector": [NaN, 1]}'),
    "twice the same id": ("memory_store", {"items": [{"text": "a", "id": "x"}, {"text": "b", "id": "x"}]}),
    "empty query": ("memory_query", {"query": ""}),
    "blank query": ("memory_query", {"query": "  "}),
    "query in no namespace": ("memory_query", {"query": "a", "namespace": ""}),
    "no limit": ("memory_query", {"query": "a", "limit": 0}),
    "by meaning without a model": ("memory_query", {"query": "a", "mode": "semantic"}),
    "forget nothing": ("memory_forget", {}),
    "forget a namespace by its name alone": ("memory_forget", {"namespace": "a"}),
    "empty question": ("knowledge_retrieval", {"question": ""}),
    "no budget": ("context_search", {"text": "a", "budget": 0}),
}


async def test_wrong_input_is_refused_by_name_and_the_worker_goes_on(revo_stack: Any):
    s: Stack = await revo_stack(*perfect_recall.FUNCTIONS)

    async def refused(why: str, name: str, input: Any) -> tuple[str, Result]:
        if isinstance(input, bytes):
            id = f"raw-{why.replace(' ', '-')}"
            await s.bus.store(f"task.{QUEUE}.medium.{name}.{id}", input)
            return why, await s.client.result(id, 10)
        return why, await s.client.run(f"{QUEUE}.{name}", input)

    for why, result in await asyncio.gather(*(refused(why, *asked) for why, asked in WRONG.items())):
        assert result.state in ("rejected", "failed"), why
        assert result.error is not None
        assert result.error.type in ("invalid_input", "invalid_json", "no_model"), (why, result.error)
        assert result.attempts == 1, why
    assert (await ask(s, "memory_query", query="a"))["indexed"] == 0


def test_a_worker_that_is_never_asked_to_remember_loads_no_numpy():
    code = "import sys, functions.service, functions.builtin; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert {own.name for own in perfect_recall.FUNCTIONS} <= {own.name for own in FUNCTIONS}
