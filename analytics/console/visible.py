"""What an analyst may read, in one place: every table and view of the migrations is here, or is kept back.

Kept back are payloads that could not be read, because nobody has looked what is in them, and what is told of
the database file itself: it names places of the machine.
"""

from collections.abc import Mapping
from typing import Any

from analytics.catalog import Query
from analytics.store import Store, Table

VISIBLE = {
    "tasks": "Finished tasks, one row each, with the newest outcome.",
    "events": "What tasks told while they ran: started, progress, log, retry.",
    "attempts": "Attempts that ended: those that were tried again, and the last one of each task.",
    "logs": "Lines that tasks wrote about their work.",
    "model_calls": "Requests to language models, with tokens, time and price.",
    "dead_letters": "What failed for good, and messages that the server gave up on.",
    "feedback": "What people thought of results, 1 to 5; of a rater and a task the newest counts.",
    "alerts": "One row for each change of an alert: the newest of an id says how it stands.",
    "agents": "One row for each state of a registered agent; of its configuration the names alone.",
    "registered_agents": "The registered agents as they are now.",
    "task_counts": "Figures of tasks by minute, hour and day: how many, in what state, at what cost.",
    "task_times": "How long tasks took, by minute, hour and day, as a histogram.",
    "call_counts": "Figures of requests to language models by minute, hour and day: how many, at what cost.",
    "call_times": "How long answered ones took, by minute, hour and day, as a histogram.",
    "host_loads": "Load of the hosts by minute, hour and day: sums and largest values of percent, bytes.",
    "metrics": "Measurements as JSON, one row for each host, kind and moment.",
    "system_metrics": "Load of the hosts: percent of CPU, memory and disk, bytes of the network.",
    "positions": "How far each stream has been read into these tables.",
}
"""Tables and views, with what a row of them is."""

HIDDEN = frozenset(
    {
        "quarantine",
        "schema_versions",
        "incidents",
        "exports",
        "rollup_dirty",
        "rollup_marks",
        "clock",
        "memories",
    }
)
"""Left out of every copy. What is known of a memory is gone with it, and a copy would keep it for a while."""

COLUMNS = {
    "agent": "The registered agent that it was given to; null: to a function.",
    "attempt": "From 1.",
    "attempts": "How often it was begun.",
    "cpu_usage": "Percent.",
    "data": "As it was measured.",
    "delay": "Seconds until the next attempt.",
    "disk_usage": "Percent.",
    "error_type": "The code of the error.",
    "fields": "What was told beside the message.",
    "id": "Of the task.",
    "load": "Of 1, 5 and 15 minutes.",
    "memory_usage": "Percent.",
    "parent": "The task that this one was part of.",
    "progress": "0 to 1.",
    "queue_ms": "Milliseconds from submission to the start of the last attempt, earlier ones included.",
    "run_ms": "Milliseconds from start to end.",
    "schedule": "The recurring task that it came from.",
    "state": "completed, failed, canceled or rejected.",
    "stream_seq": "Place of the message in its stream.",
    "task": "The id of the task.",
    "tenant": "Who asked; null: not told.",
    "total_ms": "Milliseconds from submission to end.",
    "usd": "Price in US dollars; null: not known.",
}
"""Columns whose name does not say it all, whatever table they stand in. Times are UTC without a zone."""

SCHEMA = Query("schema", "Tables and views that SQL of your own may read, with columns and rows.")

_FOUND = """
SELECT table_name, table_name IN (SELECT view_name FROM duckdb_views() WHERE NOT internal) AS view,
    list({'name': column_name, 'type': data_type} ORDER BY column_index) AS columns
FROM duckdb_columns()
WHERE NOT internal AND schema_name = 'main'
GROUP BY table_name
"""


async def schema(store: Store, values: Mapping[str, Any]) -> Table:
    """What is visible and there, in the order of the list."""
    del values
    found = {name: (view, columns) for name, view, columns in (await store.query(_FOUND)).rows}
    known = [name for name in VISIBLE if name in found]
    # Names from the list above are all that is put into this statement.
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in known)  # noqa: S608
    rows = {name: count for name, count in (await store.query(counts)).rows}  # noqa: C416
    return Table(
        ["name", "kind", "doc", "rows", "columns"],
        [[name, *_told(name, *found[name], rows[name])] for name in known],
    )


def _told(name: str, view: bool, columns: list[dict[str, str]], rows: int) -> list[Any]:  # noqa: FBT001
    full = [{**column, "doc": COLUMNS.get(column["name"], "")} for column in columns]
    return ["view" if view else "table", VISIBLE[name], rows, full]
