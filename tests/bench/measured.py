"""Measurements that other files make in one call, each in a process of its own."""

import os

from tests.bench import ingest
from tests.bench.role import Given, Line


async def rows(given: Given, line: Line) -> None:
    """Results to rows."""
    line.say()
    async for asked in line.asked():
        ingest.ONE_BY_ONE = asked["one_by_one"]
        line.say(**await ingest.measure(asked["count"]))


async def memory(given: Given, line: Line) -> None:
    """A memory of many, in a process that has nothing else to do."""
    # As in a worker; numpy reads it when it is loaded.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from tests.bench import memory

    line.say()
    async for asked in line.asked():
        line.say(**await memory.measure(asked["count"], asked["queries"]))
