"""Agents as they are defined and as they are shown: a name for something that functions can do.

A queue that workers announce is an agent by itself. A registered one is a definition: which functions it may
use, what their inputs have by default, how long and how urgently its tasks run.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from subjects.attempt import Memory
from subjects.names import Priority

Origin = Literal["announced", "registered"]
Status = Literal["idle", "processing", "overloaded", "error", "stopped", "offline"]
Criterion = Literal["status", "response", "success", "load", "history", "cost", "local"]
AlertMetric = Literal["response_ms", "success_rate", "error_rate"]

AUTO = "auto"
"""The id that means: whichever agent is best. No agent can have it."""

ENOUGH = 10
"""Outcomes below which nothing is said of a success rate."""
BAD = 50.0
"""Success rate, in percent, below which an agent is in error."""

Name = Annotated[str, Meta(min_length=1, max_length=129)]
Percent = Annotated[float, Meta(ge=0, le=100)]


class Permissions(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an agent may do of what it can do."""

    functions: Annotated[
        list[Name], Meta(max_length=256, description="Functions or queues; all of its capabilities if empty.")
    ] = []


class Limits(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The most that one of an agent's tasks may ask for; what a task does not ask for, it gets."""

    timeout: Annotated[float, Meta(gt=0, le=604_800, description="Seconds for one attempt.")] | None = None
    max_attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    priority: Annotated[Priority, Meta(description="No task of it is more urgent.")] | None = None
    max_concurrent: (
        Annotated[
            int, Meta(ge=1, le=1000, description="Its tasks at once, queued ones included; more are refused.")
        ]
        | None
    ) = None
    memory: Memory | None = None


class Thresholds(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Beyond these an agent is worth an alert; judged over five minutes, of ten tasks or more."""

    response_ms: Annotated[float, Meta(gt=0, description="Median response time, at most.")] = 5000.0
    success_rate: Annotated[Percent, Meta(description="Percent, at least.")] = 85.0
    error_rate: Annotated[Percent, Meta(description="Percent, at most.")] = 10.0


class Definition(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A registered agent as a person writes it."""

    capabilities: Annotated[
        list[Name], Meta(min_length=1, max_length=256, description="Queues or functions: security, qa.scan.")
    ]
    name: Annotated[str, Meta(max_length=200)] = ""
    description: Annotated[str, Meta(max_length=4000)] = ""
    config: Annotated[
        dict[str, Any], Meta(description="Defaults for the inputs of its tasks, where a function takes them.")
    ] = {}
    permissions: Permissions = Permissions()
    limits: Limits = Limits()
    thresholds: Thresholds = Thresholds()
    model: Annotated[str, Meta(max_length=200, description="The model that it prefers.")] | None = None
    enabled: Annotated[bool, Meta(description="Whether it takes tasks.")] = True


class NewAgent(Definition, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An agent to register."""

    id: str


class Agent(Struct, frozen=True):
    """A definition as it is kept."""

    id: str
    definition: Definition
    created_at: datetime
    updated_at: datetime


class Revision(Struct, frozen=True):
    """One state of a definition in its history; without an agent it was deleted then."""

    revision: int
    at: datetime
    agent: Agent | None


class AgentTask(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A task for an agent: its function where the agent has several, and its own part of the input."""

    function: Name | None = None
    input: dict[str, Any] = {}
    priority: Priority | None = None
    id: Annotated[str, Meta(description="Idempotency key: the same id is the same task.")] | None = None
    timeout: Annotated[float, Meta(gt=0, le=604_800, description="Seconds for one attempt.")] | None = None
    max_attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    capabilities: Annotated[list[Name], Meta(description="For `auto`: what it must be able to do.")] = []


class AgentView(Struct, frozen=True):
    """An agent now: what it can do, what it does, how it did over the last five minutes."""

    id: str
    queue: Annotated[str, Meta(description="The queue of an announced agent; the id of a registered one.")]
    origin: Origin
    name: str
    description: str
    capabilities: Annotated[list[str], Meta(description="Functions by full name, as workers announced them.")]
    status: Status
    running: int
    queued: Annotated[int, Meta(description="Waiting on the queues it uses, whoever submitted them.")]
    workers: int
    response_ms: Annotated[float, Meta(description="Median of completed tasks.")] | None
    success_rate: Annotated[float, Meta(description="Percent.")] | None
    throughput: Annotated[float, Meta(description="Finished tasks a minute.")]
    current: Annotated[list[str], Meta(description="Ids of running tasks, at most 20.")]
    updated_at: datetime
    enabled: bool = True
    model: str | None = None
    definition: Definition | None = None
    revision: Annotated[int, Meta(description="For If-Match; 0 for an announced agent.")] = 0
    created_at: datetime | None = None
    changed_at: datetime | None = None
    response_p95_ms: Annotated[float, Meta(description="Of completed tasks.")] | None = None


class Quantiles(Struct, frozen=True):
    """Milliseconds; null where nothing was measured."""

    p50: float | None
    p95: float | None
    p99: float | None = None


class AgentMetrics(Struct, frozen=True):
    """How one agent did over a time, and what it does now."""

    agent: str
    window: str
    status: Status
    running: int
    queued: int
    workers: int
    current: list[str]
    tasks: int
    completed: int
    failed: int
    rejected: int
    canceled: int
    success_rate: Annotated[float, Meta(description="Percent; canceled tasks do not count.")] | None
    error_rate: Annotated[float, Meta(description="Percent that failed.")] | None
    response_ms: Annotated[Quantiles, Meta(description="From submission to outcome, of completed tasks.")]
    queue_ms: Annotated[Quantiles, Meta(description="From submission to start, of tasks not tried again.")]
    run_ms: Quantiles
    attempts: Annotated[float, Meta(description="Mean attempts of a task.")] | None
    throughput: Annotated[float, Meta(description="Finished tasks a minute.")]
    latest_at: datetime | None
    error_types: Annotated[list[dict[str, Any]], Meta(description="{type, count}, the most frequent first.")]


class PerformanceAlert(Struct, frozen=True):
    """An agent went beyond a threshold, or came back."""

    agent: str
    metric: AlertMetric
    state: Literal["firing", "resolved"]
    value: Annotated[float, Meta(description="Null where nothing runs any more.")] | None
    limit: float
    judged: Annotated[int, Meta(description="Tasks of the last five minutes that it was judged by.")]
    since: Annotated[datetime, Meta(description="When it began to fire.")]
    at: datetime


class ChoiceRequest(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whom to choose from."""

    capabilities: Annotated[list[Name], Meta(min_length=1, description="Each must be among what it can do.")]
    prefer: Annotated[list[Criterion], Meta(description="Compare these first.")] = []
    exclude: Annotated[list[str], Meta(description="Not these agents.")] = []
    most: Annotated[int, Meta(ge=1, le=500, description="Candidates to show.")] = 20


class Reason(Struct, frozen=True):
    """One figure that a choice was made by."""

    criterion: Criterion
    figure: str | float | bool | None
    rank: Annotated[float, Meta(description="Lower is better; null, where it is not known, is last.")] | None
    why: str


class Ranked(Struct, frozen=True):
    """One candidate with its reasons, in the order in which they count."""

    agent: str
    status: Status
    reasons: list[Reason]


class Excluded(Struct, frozen=True):
    """Somebody who cannot be chosen, and why."""

    agent: str
    why: str


class Choice(Struct, frozen=True):
    """Who is best, what decided it, and who else was looked at."""

    agent: Annotated[str, Meta(description="Null where nobody can do it.")] | None
    decided_by: Annotated[Criterion, Meta(description="What it was better at than the next.")] | None
    why: str
    candidates: list[Ranked]
    excluded: list[Excluded]


class Standing(Struct, frozen=True):
    """What the status of a registered agent is made from."""

    enabled: bool
    queues: Sequence[Status]
    workers: int
    judged: int = 0
    success_rate: float | None = None
    busy: bool = False


def standing(seen: Standing) -> Status:
    """The status of a registered agent, the first that applies: docs/agents/registry.md."""
    if not seen.enabled or (seen.queues and all(status == "stopped" for status in seen.queues)):
        return "stopped"
    if seen.workers == 0:
        return "offline"
    if seen.success_rate is not None and seen.judged >= ENOUGH and seen.success_rate < BAD:
        return "error"
    if seen.queues and all(status == "overloaded" for status in seen.queues):
        return "overloaded"
    return "processing" if seen.busy else "idle"


def covers(capability: str, function: str) -> bool:
    """Whether a capability (a queue, or one function) is about a function.

    >>> covers("security", "security.scan"), covers("security.scan", "security.audit")
    (True, False)
    """
    return capability == function or function.startswith(f"{capability}.")


def can(capabilities: Sequence[str], allowed: Sequence[str], functions: Iterable[str]) -> list[str]:
    """The announced functions that an agent may use, sorted; `allowed` is empty where all are."""
    return sorted(
        name
        for name in functions
        if any(covers(own, name) for own in capabilities)
        and (not allowed or any(covers(own, name) for own in allowed))
    )
