"""A worker with the coordinator, and a process that asks it, beside one that asks the function itself."""

import asyncio
import time

import msgspec

from functions import service
from functions.settings import WorkerSettings
from subjects.client import Client, rules
from subjects.routing import Routing, Rule
from subjects.settings import NatsSettings
from tests.bench.handlers import PAYLOAD
from tests.bench.role import Given, Line

RULES = Routing({"bench": Rule(["noop", "nap"], "bench", at_once=1000)}, ["bench"])
STEPS = [
    {"id": "first", "function": "bench.nap", "input": {"seconds": 0.01}},
    *(
        {"id": f"side-{n}", "function": "bench.nap", "input": {"seconds": 0.01}, "after": ["first"]}
        for n in range(4)
    ),
    {"id": "last", "function": "bench.nap", "after": [f"side-{n}" for n in range(4)]},
]
"""Three waits of 10 ms, one after the other; the second is four side by side."""


async def worker(given: Given, line: Line) -> None:
    """A worker process with the engine and the coordinator."""
    stop = asyncio.Event()
    targets = ("tests.bench.handlers", "functions.engines.coordinator:FUNCTIONS")
    settings = WorkerSettings(nats=NatsSettings(url=given["url"]), targets=targets, drain=1.0)
    work = asyncio.create_task(service.run(settings, lambda name: line.say(worker=name), stop))
    async for _ in line.asked():
        pass
    stop.set()
    await work


async def asker(given: Given, line: Line) -> None:
    """Asks one task after the other, and waits for each."""
    async with Client.connect(given["url"]) as client:
        await rules.put(client.bus, RULES)
        line.say()
        async for asked in line.asked():
            line.say(**await _ask(client, asked["what"], asked["count"]))


async def _ask(client: Client, what: str, count: int) -> Given:
    seconds, overheads = [], []
    input = msgspec.json.decode(PAYLOAD)
    for _ in range(count):
        began = time.monotonic()
        match what:
            case "direct":
                result = await client.run("bench.noop", input)
            case "orchestrated":
                result = await client.run("coordinator.orchestrate", {"type": "noop", "input": input})
            case _:
                result = await client.run("coordinator.pipeline", {"steps": STEPS})
        seconds.append(time.monotonic() - began)
        if result.state != "completed":
            raise RuntimeError(result.error)
        if what != "direct":
            overheads.append(msgspec.json.decode(result.output)["overhead_ms"])
    return {"seconds": seconds, "overheads": overheads}
