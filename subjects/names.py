"""Builds and reads every subject. No subject is written by hand anywhere else.

>>> task("security", "scan", "high", "my-1")
'task.security.high.scan.my-1'
>>> parse_task("task.security.medium.scan")
TaskName(queue='security', priority='medium', function='scan', id=None)
>>> token("a.b")
Traceback (most recent call last):
    ...
subjects.errors.InvalidId: 'a.b' is not a name: 1 to 64 characters of A-Z, a-z, 0-9, _ and - are
"""

import re
from typing import Literal, NamedTuple

from subjects.errors import InvalidId, InvalidPriority

Priority = Literal["low", "medium", "high", "critical"]
PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
"""Most urgent first."""

EventKind = Literal["started", "progress", "log", "retry", "returned"]

SpentScope = Literal["day", "task"]
SpentUnit = Literal["usd", "tokens"]

TASKS = "task.>"
SCHEDULES = "sched.>"
RESULTS = "result.>"
EVENTS = "event.>"
LOGS = "event.*.*.*.log"
METRICS = "metric.>"
SPENT = "spent.>"
DEAD = "dlq.>"
LIVE = "live.>"
WORKFLOWS = "wf.>"
MEMORIES = "mem.*.*"
FORGOTTEN = "forgot.*"
CANCELS = "cancel.*"
QUERIES = "analytics.query.*"
SQL = "analytics.sql"
AGENT_CALLS = "agent.call.*"

CONNECTION = "worker:"
"""How a worker's connection is named: this, then its id."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class TaskName(NamedTuple):
    """A task subject, taken apart. `id` is None where the publisher gave none."""

    queue: str
    priority: Priority
    function: str
    id: str | None


class ResultName(NamedTuple):
    """A result subject, taken apart."""

    queue: str
    function: str
    id: str


class MemoryName(NamedTuple):
    """A memory's subject, taken apart."""

    namespace: str
    id: str


class EventName(NamedTuple):
    """An event subject, taken apart."""

    queue: str
    function: str
    id: str
    kind: str


def is_token(text: str) -> bool:
    """Whether `text` may stand between two dots of a subject."""
    return _TOKEN.match(text) is not None


def token(text: str) -> str:
    """`text` itself, once it is known to be a safe subject token."""
    if _TOKEN.match(text) is None:
        shown = text if len(text) <= 80 else text[:77] + "..."
        raise InvalidId(f"{shown!r} is not a name: 1 to 64 characters of A-Z, a-z, 0-9, _ and - are")
    return text


def priority(text: str) -> Priority:
    """`text` as a priority.

    >>> priority("urgent")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidPriority: 'urgent' is no priority: low, medium, high, critical are
    """
    for known in PRIORITIES:
        if text == known:
            return known
    raise InvalidPriority(f"{text[:80]!r} is no priority: low, medium, high, critical are")


def split_function(name: str) -> tuple[str, str]:
    """Queue and function of a full name.

    >>> split_function("security.scan")
    ('security', 'scan')
    """
    queue, dot, function = name.partition(".")
    if not dot:
        raise InvalidId(f"{name[:80]!r} is no function: write <queue>.<name>, for example security.scan")
    return token(queue), token(function)


def task(queue: str, function: str, urgency: Priority, id: str | None = None) -> str:
    """Where a task is published."""
    head = f"task.{token(queue)}.{urgency}.{token(function)}"
    return head if id is None else f"{head}.{token(id)}"


def parse_task(subject: str) -> TaskName:
    """The parts of a stored task subject; InvalidId or InvalidPriority where it is none."""
    parts = subject.split(".")
    if len(parts) not in (4, 5) or parts[0] != "task":
        raise InvalidId(f"{subject[:200]!r} is not task.<queue>.<priority>.<function>[.<id>]")
    own = parts[4] if len(parts) == 5 else None
    return TaskName(parts[1], priority(parts[2]), token(parts[3]), own if own is None else token(own))


def any_task(id: str) -> str:
    """Every subject on which a task of this id can be queued."""
    return f"task.*.*.*.{token(id)}"


def lane(queue: str, urgency: str) -> str:
    """The tasks of one queue and priority."""
    return f"task.{token(queue)}.{urgency}.>"


def lane_consumer(queue: str, urgency: str) -> str:
    """The durable consumer of a lane."""
    return f"{token(queue)}_{urgency}"


def result(queue: str, function: str, id: str) -> str:
    """Where the one outcome of a task stands."""
    return f"result.{token(queue)}.{token(function)}.{token(id)}"


def any_result(id: str) -> str:
    """The outcome of a task whose function is not known."""
    return f"result.*.*.{token(id)}"


def any_result_of(queue: str, function: str) -> str:
    """The outcomes of all tasks of one function."""
    return f"result.{token(queue)}.{token(function)}.*"


def any_result_in(queue: str) -> str:
    """Every outcome of one queue."""
    return f"result.{token(queue)}.*.*"


def parse_result(subject: str) -> ResultName:
    """The parts of a result subject."""
    parts = subject.split(".")
    if len(parts) != 4 or parts[0] != "result":
        raise InvalidId(f"{subject[:200]!r} is not result.<queue>.<function>.<id>")
    return ResultName(parts[1], parts[2], parts[3])


def event(queue: str, function: str, id: str, kind: EventKind) -> str:
    """Where a task tells of itself while it runs."""
    return f"event.{token(queue)}.{token(function)}.{token(id)}.{kind}"


def any_event(id: str, kind: str = "*") -> str:
    """What is told of one task, whatever its function."""
    return f"event.*.*.{token(id)}.{kind}"


def parse_event(subject: str) -> EventName:
    """The parts of an event subject."""
    parts = subject.split(".")
    if len(parts) != 5 or parts[0] != "event":
        raise InvalidId(f"{subject[:200]!r} is not event.<queue>.<function>.<id>.<kind>")
    return EventName(parts[1], parts[2], parts[3], parts[4])


def schedule(id: str) -> str:
    """Where a delayed, recurring or retried-later task waits."""
    return f"sched.{token(id)}"


def dead_letter(queue: str, function: str, id: str) -> str:
    """Where a task that failed for good is kept."""
    return f"dlq.{token(queue)}.{token(function)}.{token(id)}"


def any_dead_letter(id: str) -> str:
    """The dead letter of a task whose function is not known."""
    return f"dlq.*.*.{token(id)}"


def memory(namespace: str, id: str) -> str:
    """Where a memory is kept."""
    return f"mem.{token(namespace)}.{token(id)}"


def any_memory(namespace: str | None = None, id: str | None = None) -> str:
    """The memories of a namespace, of an id, or all."""
    return f"mem.{'*' if namespace is None else token(namespace)}.{'*' if id is None else token(id)}"


def parse_memory(subject: str) -> MemoryName:
    """The parts of a memory's subject."""
    parts = subject.split(".")
    if len(parts) != 3 or parts[0] != "mem":
        raise InvalidId(f"{subject[:200]!r} is not mem.<namespace>.<id>")
    return MemoryName(parts[1], parts[2])


def forgotten(namespace: str) -> str:
    """Where workers are told which memories of a namespace were forgotten."""
    return f"forgot.{token(namespace)}"


def cancel(id: str) -> str:
    """The signal that stops a running task."""
    return f"cancel.{token(id)}"


def call(queue: str, function: str) -> str:
    """Where a function answers at once, without a queue."""
    return f"call.{token(queue)}.{token(function)}"


def agent_call(id: str) -> str:
    """Where a registered agent answers at once, without a queue."""
    return f"agent.call.{token(id)}"


def metric(host: str, kind: str) -> str:
    """Where measurements of one host (or of the whole, `cluster`) are published."""
    return f"metric.{token(host)}.{token(kind)}"


def spent(scope: SpentScope, key: str, unit: SpentUnit) -> str:
    """Where it is counted what language models used on a day, or for a task."""
    return f"spent.{scope}.{token(key)}.{unit}"


def control(verb: str, target: str = "all") -> str:
    """A signal to processes: `drain` or `kill` a worker, one is `dead`, look at the `lanes` of a queue."""
    return f"control.{token(verb)}.{token(target)}"


def engine_control(engine: str, verb: str) -> str:
    """Where an engine is asked for its `status`, or told to `start`, `stop` or `restart`."""
    return f"control.engine.{engine if engine == '*' else token(engine)}.{token(verb)}"


def query(name: str) -> str:
    """Where analytics answers a named query."""
    return f"analytics.query.{token(name)}"
