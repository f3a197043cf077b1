"""POST /api/tasks: how many a second reach the disk through our gateway, and through a bare handler."""

import contextlib
import json
from pathlib import Path

from subjects import names, streams
from subjects.bus import Bus, Records
from subjects.settings import NatsSettings
from tests.bench.children import Child, child, place, server
from tests.bench.figures import Goal, Row, Scale, percentile, sample
from tests.bench.handlers import PAYLOAD

CONNECTIONS = 48
BODY = json.dumps({"function": "bench.noop", "input": json.loads(PAYLOAD)})
Found = dict[str, dict[str, list[float]]]
DOORS = {"ours": "tests.bench.web:ours", "bare": "tests.bench.web:bare"}


async def run(scale: Scale) -> list[Row]:
    """Requests a second, their p99 and what they cost, both durabilities."""
    rows = []
    for durability in scale.durabilities:
        found = await _measure(durability, scale)
        label = f"POST /api/tasks, {CONNECTIONS} connections, {durability} durability"
        for what, text, unit, goal in (
            ("rate", label, "/s", Goal("ratio", "at least", 0.8)),
            ("p99", f"{label}, p99", "ms", None),
            ("cpu", f"CPU per POST, {durability} durability", "us", None),
        ):
            ours, bare = sample(found[what]["ours"]), sample(found[what]["bare"])
            rows.append(Row("http", text, unit, ours, "bare Litestar", bare, goal))
    return rows


async def _measure(durability: str, scale: Scale) -> Found:
    found: Found = {what: {name: [] for name in DOORS} for what in ("rate", "p99", "cpu")}
    with place() as state:
        async with server(state, durability) as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            bus = await stack.enter_async_context(Bus.open(NatsSettings(url=url, name="bench")))
            await _announce(state, url)
            doors = {
                name: await stack.enter_async_context(
                    child(state, target, url=url, monitor=started.facts["monitor"])
                )
                for name, target in DOORS.items()
            }
            load = await stack.enter_async_context(child(state, "tests.bench.load:client"))
            for round, name in scale.rounds(scale.of(15, 3) + 1, list(DOORS)):
                used = doors[name].used()
                took, latencies = await _post(load, doors[name], scale.of(3000, 800) if round else 500)
                await Records(bus, streams.STREAM_TASKS).purge(names.TASKS)
                if round:
                    found["rate"][name].append(len(latencies) / took)
                    found["p99"][name].append(percentile(latencies, 99) * 1000)
                    found["cpu"][name].append((doors[name].used() - used) / len(latencies) * 1e6)
    return found


async def _announce(state: Path, url: str) -> None:
    """Let the function be known. Its worker is gone then, so that only the door is measured."""
    async with child(state, "tests.bench.ours:worker", url=url, slots=1):
        pass


async def _post(load: Child, door: Child, count: int) -> tuple[float, list[float]]:
    answer = await load.ask(
        "load", port=door.facts["port"], path="/api/tasks", body=BODY, count=count, connections=CONNECTIONS
    )
    assert answer["statuses"] == {"202": count}, f"{door.name} answered {answer['statuses']}"
    return answer["seconds"], answer["latencies"]
