"""The cases, each a function from a scale to rows."""

from collections.abc import Awaitable, Callable

from tests.bench.cases import latency, tasks
from tests.bench.figures import Row, Scale

CASES: dict[str, Callable[[Scale], Awaitable[list[Row]]]] = {
    "tasks": tasks.run,
    "latency": latency.run,
}
