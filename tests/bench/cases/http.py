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
DOORS = {"ours": "tests.bench.web:ours", "bare": "tests.bench.web:bare"}


async def run(scale: Scale) -> list[Row]:
    """Requests a second and their p99, both durabilities."""
    rows = []
    for durability in ("power", "process"):
        rates, slow = await _measure(durability, scale)
        goal = Goal("ratio", "at least", 0.8)
        label = f"POST /api/tasks, {CONNECTIONS} connections, {durability} durability"
        rows.append(Row("http", label, "/s", sample(rates["ours"]), "bare Litestar", sample(rates["bare"]), goal))
        rows.append(Row("http", f"{label}, p99", "ms", sample(slow["ours"]), "bare Litestar", sample(slow["bare"])))
    return rows


async def _measure(durability: str, scale: Scale) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    rates: dict[str, list[float]] = {name: [] for name in DOORS}
    slow: dict[str, list[float]] = {name: [] for name in DOORS}
    with place() as state:
        async with server(state, durability) as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            bus = await stack.enter_async_context(Bus.open(NatsSettings(url=url, name="bench")))
            await _announce(state, url)
            doors = {
                name: await stack.enter_async_context(child(state, target, url=url, monitor=started.facts["monitor"]))
                for name, target in DOORS.items()
            }
            load = await stack.enter_async_context(child(state, "tests.bench.load:client"))
            for round in range(scale.of(7, 3) + 1):
                for name, door in doors.items():
                    took, latencies = await _post(load, door, scale.of(8000, 1200) if round else 500)
                    await Records(bus, streams.STREAM_TASKS).purge(names.TASKS)
                    if round:
                        rates[name].append(len(latencies) / took)
                        slow[name].append(percentile(latencies, 99) * 1000)
    return rates, slow


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
