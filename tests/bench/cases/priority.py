"""A critical task overtakes a full queue, and the patient still move."""

import contextlib
from pathlib import Path

from subjects import names, streams
from subjects.bus import Bus
from subjects.settings import NatsSettings
from tests.bench.children import Child, child, place, server
from tests.bench.figures import Goal, Row, Scale, percentile, sample

SLOTS = 4
GAP = 0.03
"""Seconds between two critical tasks."""


async def run(scale: Scale) -> list[Row]:
    """From submit to start of a critical task; starts a second of low and high while high is never empty."""
    workers, backlog = scale.of(4, 2), scale.of(10_000, 1500)
    probes: list[list[float]] = []
    moves: list[dict[str, float]] = []
    for _ in range(scale.of(3, 1)):
        probes.append(await _overtake(workers, backlog, scale.of(100, 25)))
        moves.append(await _keep_moving(workers, scale.of(3000, 500)))
    rows = []
    label = f"critical behind {backlog:,} low of 10 ms, {workers} x {SLOTS} slots"
    for percent, goal in ((50, None), (95, Goal("value", "at most", 20.0))):
        values = [percentile(round, percent) * 1000 for round in probes]
        rows.append(Row("priority", f"{label}, submit to start p{percent}", "ms", sample(values), goal=goal))
    for priority in ("high", "low"):
        values = [move[priority] for move in moves]
        rows.append(Row("priority", f"starts of {priority} while high is never empty", "/s", sample(values)))
    return rows


async def _overtake(workers: int, backlog: int, count: int) -> list[float]:
    with place() as state:
        async with server(state, "power") as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            watch = await stack.enter_async_context(child(state, "tests.bench.watch:watcher", url=url))
            await watch.ask("queue", count=backlog, priority="low")
            await _work(stack, state, url, workers)
            await watch.ask("probe", count=5, gap=GAP)
            found = (await watch.ask("probe", count=count, gap=GAP))["seconds"]
            left = await _queued(url, "low")
            assert left, "the queue ran empty before the last critical task: nothing was overtaken"
            return list(found)


async def _keep_moving(workers: int, high: int) -> dict[str, float]:
    with place() as state:
        async with server(state, "power") as started, contextlib.AsyncExitStack() as stack:
            url = started.facts["url"]
            watch = await stack.enter_async_context(child(state, "tests.bench.watch:watcher", url=url))
            for priority in ("low", "high"):
                await watch.ask("queue", count=high, priority=priority)
            await _work(stack, state, url, workers)
            while await _queued(url, "high"):
                pass
            told = (await watch.ask("starts"))["starts"]
    # The first moments are left out: the workers do not know yet how fast these tasks are.
    ends = max(start for priority, start in told if priority == "high")
    began = min(start for _, start in told)
    began += (ends - began) / 4
    return {
        which: sum(priority == which and began <= start <= ends for priority, start in told) / (ends - began)
        for which in ("high", "low")
    }


async def _work(stack: contextlib.AsyncExitStack, state: Path, url: str, workers: int) -> list[Child]:
    made = (child(state, "tests.bench.ours:worker", url=url, slots=SLOTS) for _ in range(workers))
    return [await stack.enter_async_context(one) for one in made]


async def _queued(url: str, priority: str) -> int:
    async with Bus.open(NatsSettings(url=url, name="bench")) as bus:
        lane = names.lane_consumer("bench", priority)
        answer = await bus.api(f"CONSUMER.INFO.{streams.STREAM_TASKS}.{lane}")
        return int(answer["num_pending"])
