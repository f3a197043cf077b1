"""The cases, each a function from a scale to rows."""

from collections.abc import Awaitable, Callable

from tests.bench.cases import (
    agents,
    coordination,
    egress,
    http,
    idle,
    ingest,
    latency,
    memory,
    models,
    monitoring,
    page,
    parallel,
    predictions,
    priority,
    queries,
    sockets,
    status,
    tasks,
)
from tests.bench.figures import Row, Scale

CASES: dict[str, Callable[[Scale], Awaitable[list[Row]]]] = {
    "tasks": tasks.run,
    "latency": latency.run,
    "priority": priority.run,
    "coordination": coordination.run,
    "status": status.run,
    "http": http.run,
    "sockets": sockets.run,
    "agents": agents.run,
    "ingest": ingest.run,
    "queries": queries.run,
    "predictions": predictions.run,
    "models": models.run,
    "memory": memory.run,
    "egress": egress.run,
    "idle": idle.run,
    "monitoring": monitoring.run,
    "parallel": parallel.run,
    "page": page.run,
}
