"""One id is one task, whichever doors it comes through, and whatever the server forgot in between."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from msgspec import Raw

from subjects import codec, errors
from subjects.bus import Records
from subjects.messages import Submission
from tests.faults.parts import Stack
from tests.faults.run import until

INPUT = b'{"x":7}'
Send = Callable[[str], Awaitable[None]]


def runs(folder: Path) -> list[str]:
    """The ids of all starts."""
    file = folder / "runs.jsonl"
    return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []


def doors(whole: Stack, http: httpx.AsyncClient) -> list[Send]:
    """Every way to submit jobs.nap under an id of one's own."""

    async def client(id: str) -> None:
        accepted = await whole.client.submit(Submission(function="jobs.nap", input=Raw(INPUT), id=id))
        assert accepted.id == id

    async def header(id: str) -> None:
        await whole.bus.store("task.jobs.medium.nap", INPUT, {codec.MSG_ID: id})

    async def short(id: str) -> None:
        await whole.bus.store("task.jobs.nap", INPUT, {codec.MSG_ID: id})

    async def subject(id: str) -> None:
        await whole.bus.store(f"task.jobs.high.nap.{id}", INPUT)

    async def post(id: str) -> None:
        answer = await http.post("/api/tasks", json={"function": "jobs.nap", "input": {"x": 7}, "id": id})
        assert (answer.status_code, answer.json().get("id")) == (202, id), (
            f"{answer.status_code} {answer.text}"
        )

    async def keyed(id: str) -> None:
        answer = await http.post(
            "/api/tasks", json={"function": "jobs.nap", "input": {"x": 7}}, headers={"idempotency-key": id}
        )
        assert (answer.status_code, answer.json().get("id")) == (202, id), (
            f"{answer.status_code} {answer.text}"
        )

    return [client, header, short, subject, post, keyed]


async def all_at_once(sends: list[Send], id: str, count: int = 50) -> None:
    await asyncio.gather(*(sends[place % len(sends)](id) for place in range(count)))


async def empty(whole: Stack) -> None:
    async def nothing_left() -> bool:
        return (await Records(whole.bus, "TASKS").info())["state"]["messages"] == 0

    await until(nothing_left, 10, "the queue is empty")


async def test_fifty_submissions_of_one_id_over_all_doors_are_one_run(whole: Stack, tmp_path: Path):
    await whole.worker("worker-1")
    await whole.worker("worker-2")
    await whole.gateway()
    async with whole.door() as http:
        await all_at_once(doors(whole, http), "once")
        answers = await asyncio.gather(
            *(http.get("/api/tasks/once") for _ in range(25)),
            *(whole.client.result("once", wait=10) for _ in range(25)),
        )
        await empty(whole)
    assert runs(tmp_path) == ["once"]
    read = [answer for answer in answers if not isinstance(answer, httpx.Response)]
    assert len({codec.encode(result) for result in read}) == 1
    assert bytes(read[0].output) == b"7"


async def test_an_id_stays_one_task_when_the_server_is_killed_in_between(whole: Stack, tmp_path: Path):
    await whole.gateway()
    worker = await whole.worker("worker-1")
    assert await worker.close() == 0, "announced, and gone: what is submitted now waits"
    async with whole.door() as http:
        await all_at_once(doors(whole, http), "survivor", 12)
        await whole.nats.kill()
        await all_at_once(doors(whole, http), "survivor", 12)
        await whole.worker("worker-2")
        first = await whole.client.result("survivor", wait=10)
        await all_at_once(doors(whole, http), "survivor", 12)
        await empty(whole)
    assert runs(tmp_path) == ["survivor"]
    assert await whole.client.result("survivor") == first


async def test_an_id_stays_one_task_beyond_the_window_in_which_the_server_remembers_it(
    whole: Stack, tmp_path: Path
):
    config = (await Records(whole.bus, "TASKS").info())["config"]
    answer = await whole.bus.api("STREAM.UPDATE.TASKS", {**config, "duplicate_window": 100_000_000})
    assert "error" not in answer
    await whole.worker("worker-1")
    await whole.gateway()
    async with whole.door() as http:
        sends = doors(whole, http)
        await all_at_once(sends, "forgotten", 6)
        first = await whole.client.result("forgotten", wait=10)
        await empty(whole)

        async def server_forgot() -> bool:
            before = (await Records(whole.bus, "TASKS").info())["state"]["last_seq"]
            await whole.bus.store("task.jobs.nap", INPUT, {codec.MSG_ID: "forgotten"})
            return (await Records(whole.bus, "TASKS").info())["state"]["last_seq"] > before

        await until(server_forgot, 5, "the server takes the message as new")
        for send in sends:
            await send("forgotten")
        await empty(whole)
    assert runs(tmp_path) == ["forgotten"]
    assert await whole.client.result("forgotten") == first


async def refused_or_taken(send: Send, id: str) -> None:
    refusal = ""
    try:
        await send(id)
    except (errors.Conflict, AssertionError) as refused:
        refusal = str(refused)
    assert not refusal or "409" in refusal or "used before" in refusal


@pytest.mark.parametrize("place", range(6), ids=["client", "header", "short", "subject", "post", "keyed"])
async def test_while_the_task_runs_its_id_is_taken(whole: Stack, tmp_path: Path, place: int):
    """The task runs for a second: the message is delivered, the outcome is not there yet."""
    await whole.worker("worker-1")
    await whole.gateway()
    await whole.client.start("jobs.nap", {"x": 1, "seconds": 1.0}, id="busy")

    async def running() -> bool:
        return (await whole.client.get("busy")).state == "running"

    await until(running, 5, "the task runs")
    async with whole.door() as http:
        # With another input: our own doors say so, a raw publish is taken and comes to nothing.
        await refused_or_taken(doors(whole, http)[place], "busy")
    result = await whole.client.result("busy", wait=10)
    await empty(whole)
    assert runs(tmp_path) == ["busy"]
    assert bytes(result.output) == b"1"
