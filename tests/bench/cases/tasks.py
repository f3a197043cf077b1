"""Tasks a second: one submitter process, one worker process, a function that does nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec import Struct

from subjects import streams
from subjects.bus import Bus, Records
from subjects.settings import NatsSettings
from tests.bench.children import Child, child, place, server
from tests.bench.figures import Goal, Row, Scale, sample

SLOTS = 16
CONTESTANTS = {
    "ours": "tests.bench.ours",
    "nats-py": "tests.bench.nats_py",
    "raw protocol": "tests.bench.raw",
}


class Team(Struct):
    """A worker and a submitter."""

    worker: Child
    submitter: Child

    def used(self) -> float:
        """Seconds of CPU that both have had."""
        return self.worker.used() + self.submitter.used()


async def run(scale: Scale) -> list[Row]:
    """Rates and the CPU that a task costs worker and submitter, for each durability."""
    rows = []
    for durability in ("power", "process"):
        rates, costs = await _measure(durability, scale)
        goal = Goal("ratio", "at least", 0.7)
        label = f"tasks/s, no-op, {durability} durability"
        for name in ("nats-py", "raw protocol"):
            theirs = sample(rates[name])
            rows.append(
                Row(
                    "tasks",
                    label,
                    "/s",
                    sample(rates["ours"]),
                    name,
                    theirs,
                    goal if name == "nats-py" else None,
                )
            )
        label = f"CPU per task, worker and submitter, {durability}"
        rows.append(Row("tasks", label, "us", sample(costs["ours"]), "nats-py", sample(costs["nats-py"])))
    return rows


async def _measure(durability: str, scale: Scale) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    count = scale.of(3000, 800)
    rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    costs: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    with place() as state:
        async with server(state, durability) as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            bus = await stack.enter_async_context(Bus.open(NatsSettings(url=url, name="bench")))
            teams = {name: await stack.enter_async_context(team(state, url, name)) for name in CONTESTANTS}
            for one in teams.values():
                await throughput(bus, one.submitter, 500)
            for _, name in scale.rounds(scale.of(15, 3), list(CONTESTANTS)):
                used = teams[name].used()
                rates[name].append(await throughput(bus, teams[name].submitter, count))
                costs[name].append((teams[name].used() - used) / count * 1e6)
    return rates, costs


@contextlib.asynccontextmanager
async def team(state: Path, url: str, name: str, slots: int = SLOTS) -> AsyncIterator[Team]:
    """A contestant at work."""
    module = CONTESTANTS[name]
    async with (
        child(state, f"{module}:worker", url=url, slots=slots) as worker,
        child(state, f"{module}:submitter", url=url) as submitter,
    ):
        yield Team(worker, submitter)


async def throughput(bus: Bus, submitter: Child, count: int) -> float:
    """Tasks a second, from the first publish until every result is stored and every task acknowledged."""
    results, tasks = Records(bus, streams.STREAM_RESULTS), Records(bus, streams.STREAM_TASKS)
    before = (await results.info())["state"]["messages"]
    submitter.tell({"do": "submit", "count": count})
    answer = asyncio.create_task(submitter.answer(120))
    while not answer.done() or (await results.info())["state"]["messages"] - before < count:
        await asyncio.sleep(0.02)
        if answer.done():
            answer.result()
    ended = time.monotonic()
    while (await tasks.info())["state"]["messages"]:
        ended = time.monotonic()
        await asyncio.sleep(0.005)
    return count / (ended - float(answer.result()["began"]))
