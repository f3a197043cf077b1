"""The plain `nats` command line shows what goes on: no tool of ours is needed to look."""

import asyncio
import contextlib
import json
import os
import shutil

import pytest

from subjects.bus import Records

from .conftest import BUILT


async def test_micro_ls_shows_each_queue_as_a_service(worker, nats):
    said = await nats("micro", "ls")
    assert said.code == 0, said.err
    assert "doors" in said.out
    assert "1.0.0" in said.out


async def test_micro_info_shows_each_function_with_its_schemas(worker, nats):
    said = await nats("micro", "info", "doors")
    assert said.code == 0, said.err
    assert "call.doors.echo" in said.out
    told = json.loads((await nats("micro", "info", "doors", "--json")).out)
    (endpoint,) = told["info"]["endpoints"]
    schema = json.loads(endpoint["metadata"]["input_schema"])
    assert "x" in json.dumps(schema)
    assert endpoint["metadata"]["description"] == "What the worker saw."


async def test_micro_stats_counts_calls(worker, nats, client):
    await client.call("doors.echo", {"x": 1})
    await client.call("doors.echo", {"x": 2})
    said = await nats("micro", "stats", "doors")
    assert said.code == 0, said.err
    assert "echo" in said.out
    told = json.loads((await nats("micro", "stats", "doors", "--json")).out)
    (endpoint,) = (told[0] if isinstance(told, list) else told)["endpoints"]
    assert (endpoint["num_requests"], endpoint["num_errors"]) == (2, 0)


async def test_micro_ping_is_answered_by_each_worker(worker, nats):
    said = await nats("--timeout", "500ms", "micro", "ping", "doors")
    assert "doors" in said.out + said.err


async def test_a_call_by_nats_req_is_answered_at_once(worker, nats):
    said = await nats("req", "--no-templates", "call.doors.echo", '{"x": 3}', "--raw")
    assert json.loads(said.out)["x"] == 3


async def test_a_wrong_call_by_nats_req_says_what_is_wrong(worker, nats):
    said = await nats("req", "--no-templates", "call.doors.echo", '{"y": 3}')
    assert "invalid_input" in said.out + said.err


async def test_stream_info_shows_how_many_tasks_wait(bus, nats):
    for _ in range(3):
        await bus.store("task.nobody.thing", b"{}")
    told = json.loads((await nats("stream", "info", "TASKS", "--json")).out)
    assert told["state"]["messages"] == 3
    said = await nats("stream", "subjects", "TASKS")
    assert "task.nobody.medium.thing" in said.out


async def test_consumer_info_shows_each_lane(worker, nats):
    said = await nats("consumer", "ls", "TASKS", "--names")
    assert {"doors_critical", "doors_high", "doors_medium", "doors_low"} <= set(said.out.split())


async def test_kv_shows_the_workers_and_the_functions(worker, nats):
    assert "w-doors" in (await nats("kv", "ls", "workers")).out
    shown = json.loads((await nats("kv", "get", "workers", "w-doors", "--raw")).out)
    assert (shown["id"], shown["state"], shown["functions"]) == ("w-doors", "running", ["doors.echo"])
    announced = json.loads((await nats("kv", "get", "functions", "doors.echo", "--raw")).out)
    assert announced["description"] == "What the worker saw."


@contextlib.asynccontextmanager
async def watching(url: str, *words: str):
    """A `nats` command that goes on, and what it has printed so far."""
    binary = str(BUILT) if BUILT.exists() else shutil.which("nats")
    process = await asyncio.create_subprocess_exec(
        binary,
        "--no-context",
        "--server",
        url,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("TMPDIR", "/tmp")},
    )
    lines: list[str] = []

    async def read() -> None:
        while line := await process.stdout.readline():
            lines.append(line.decode())

    reader = asyncio.create_task(read())
    try:
        yield lines
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reader


async def shows(lines: list[str], *texts: str) -> None:
    try:
        async with asyncio.timeout(30):
            while not all(any(text in line for line in lines) for text in texts):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"{texts} are not all in: {''.join(lines)}")


async def test_sub_live_shows_tasks_and_results_as_they_are_stored(worker, nats, nats_server, client, bus):
    async with watching(nats_server.url, "sub", "live.>") as lines:
        await shows(lines, "Subscribing on live.>")
        await client.run("doors.echo", {"x": 5}, wait=5, id="seen-1")
        await shows(
            lines, "live.task.doors.medium.echo.seen-1", "live.result.doors.echo.seen-1", '"completed"'
        )
    assert (await Records(bus, "RESULTS").info())["state"]["messages"] == 1


async def test_kv_watch_shows_a_worker_come_and_go(worker, nats, nats_server):
    async with watching(nats_server.url, "kv", "watch", "workers") as lines:
        await shows(lines, "w-doors")
        await worker.close()
        await shows(lines, "DEL")
