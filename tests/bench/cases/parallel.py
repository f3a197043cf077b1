"""400 items of 40 ms that block their process: the pool of `revo up` against plain processes."""

import asyncio
import multiprocessing
import time
from typing import Any

import msgspec

from subjects.client import Client
from tests.bench.cases.idle import up
from tests.bench.children import place
from tests.bench.figures import Goal, Row, Scale, sample

ITEMS, SECONDS, WORKERS = 400, 0.04, 16
IDEAL = ITEMS * SECONDS / WORKERS
TARGET = "tests.bench.handlers"
JOB = "parallel_mind.parallel_processing"


async def run(scale: Scale) -> list[Row]:
    """Seconds of a whole job: cold, with the pool warm, and with the standing worker alone."""
    bare = [await asyncio.to_thread(_bare) for _ in range(scale.of(5, 2))]
    cold: list[float] = []
    warm: list[float] = []
    alone: list[float] = []
    spread: list[float] = []
    waits: list[float] = []
    for _ in range(scale.of(3, 1)):
        with place() as state:
            async with up(state, TARGET) as (where, _):
                cold.append((await _job(where.nats, "bench.hold"))["seconds"])
                for _ in range(scale.of(3, 1)):
                    answer = await _job(where.nats, "bench.hold")
                    warm.append(answer["seconds"])
                    spread.append(float(answer["workers_used"]))
                    waits.append((await _job(where.nats, "bench.nap", seconds=SECONDS))["seconds"])
        with place() as state:
            async with up(state, TARGET, POOL_MOST="0") as (where, _):
                alone.append((await _job(where.nats, "bench.hold"))["seconds"])
    what = f"{ITEMS} items of {SECONDS * 1000:g} ms that block"
    against = f"multiprocessing.Pool({WORKERS}).map, warm"
    return [
        Row("parallel", f"{what}: job, pool of 4-{WORKERS} cold", "s", sample(cold), against, sample(bare)),
        Row(
            "parallel", f"{what}: job, pool warm", "s", sample(warm), against, sample(bare),
            Goal("ratio", "at most", 2.0),
        ),
        Row("parallel", f"{what}: job, no pool", "s", sample(alone), against, sample(bare)),
        Row("parallel", f"{what}: worker processes used", "", sample(spread)),
        Row(
            "parallel", f"{ITEMS} items of {SECONDS * 1000:g} ms that wait: job", "s", sample(waits),
            f"arithmetic: {ITEMS} x {SECONDS} / {WORKERS}", sample([IDEAL]),
        ),
    ]  # fmt: skip


def _bare() -> float:
    # Forked from nothing of ours: no bus, no store, no results kept.
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(time.sleep, [0.01] * 4 * WORKERS, 1)
        began = time.monotonic()
        pool.map(time.sleep, [SECONDS] * ITEMS, 1)
        return time.monotonic() - began


async def _job(url: str, function: str, **input: float) -> dict[str, Any]:
    async with Client.connect(url) as client:
        job = {"function": function, "items": [input] * ITEMS}
        result = await client.run(JOB, job, wait=120)
        answer: dict[str, Any] = msgspec.json.decode(await client.output(result))
        assert answer["completed"] == ITEMS
        return answer
