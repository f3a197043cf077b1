"""Measurements that other files make in one call, each in a process of its own."""

from tests.bench import ingest
from tests.bench.role import Given, Line


async def rows(given: Given, line: Line) -> None:
    """Results to rows."""
    line.say()
    async for asked in line.asked():
        ingest.ONE_BY_ONE = asked["one_by_one"]
        line.say(**await ingest.measure(asked["count"]))
