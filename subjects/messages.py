"""What travels: frozen structs, JSON on the wire, times in RFC 3339 and UTC."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct, field

from subjects.attempt import Memory
from subjects.errors import ErrorInfo
from subjects.names import Priority

State = Literal["queued", "running", "waiting", "completed", "failed", "canceled", "rejected"]
FinalState = Literal["completed", "failed", "canceled", "rejected"]
FINAL: tuple[FinalState, ...] = ("completed", "failed", "canceled", "rejected")

NULL = Raw(b"null")
ERASED = Raw(b'{"erased":true}')
"""Stands in a result for the input of a function that asks not to have it kept."""


class Reference(Struct, frozen=True):
    """Stands in for a payload too large for a message; the bytes are in the object store."""

    object: Annotated[str, Meta(description="<bucket>/<name> in the object store.")]
    size: Annotated[int, Meta(description="Bytes.")]
    sha256: str


class Submission(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One task to run, as HTTP, WebSocket and batches give it."""

    function: Annotated[str, Meta(description="<queue>.<name>, for example security.scan")]
    input: Raw = field(default_factory=lambda: Raw(b"{}"))
    priority: str = "medium"
    id: Annotated[str, Meta(description="Idempotency key: the same id is the same task.")] | None = None
    timeout: Annotated[float, Meta(gt=0, le=604800, description="Seconds for one attempt.")] | None = None
    max_attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    at: Annotated[datetime, Meta(tz=True, description="Start at this time.")] | None = None
    delay: Annotated[float, Meta(ge=0, le=315360000, description="Start after this many seconds.")] | None = (
        field(default=None, name="in")
    )
    parent: str | None = None
    agent: Annotated[str, Meta(description="Give it to this agent.")] | None = None
    memory: Memory | None = None


class Accepted(Struct, frozen=True, omit_defaults=True):
    """The answer to a submission: it is on disk."""

    id: str
    state: State
    function: str
    duplicate: Annotated[bool, Meta(description="The id was known already; this is the first task.")] = False
    at: datetime | None = None


class Task(Struct, frozen=True):
    """One delivery of one task to one worker."""

    id: str
    queue: str
    function: str
    priority: Priority
    input: bytes
    attempt: int
    submitted_at: datetime
    timeout: float | None = None
    max_attempts: int | None = None
    parent: str | None = None
    schedule: str | None = None
    tenant: str | None = None
    trace: str | None = None
    agent: str | None = None
    memory: int | None = None

    @property
    def name(self) -> str:
        """The full name of its function."""
        return f"{self.queue}.{self.function}"


class Result(Struct, frozen=True):
    """The one terminal outcome of a task."""

    id: str
    queue: str
    function: str
    state: FinalState
    input: Raw
    output: Raw
    error: ErrorInfo | None
    attempts: int
    worker: str | None
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime
    priority: Priority = "medium"
    parent: str | None = None
    schedule: str | None = None
    trace: str | None = None
    usage: Annotated[
        dict[str, float] | None,
        Meta(
            description="Of language models, in this attempt: model_calls, input_tokens, output_tokens, "
            "model_ms; usd where all of it is known. Null where none was asked."
        ),
    ] = None
    timeout: Annotated[float, Meta(description="Seconds for one attempt, if the caller said.")] | None = None
    max_attempts: Annotated[int, Meta(description="Attempts, where the caller set them.")] | None = None
    tenant: str | None = None
    agent: str | None = None
    memory: Annotated[int, Meta(description="Bytes for one attempt, if limited.")] | None = None


class TaskView(Struct, frozen=True, omit_defaults=True):
    """Where a task stands right now. Finished ones carry their `result`."""

    id: str
    function: str
    state: State
    priority: str | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int | None = None
    worker: str | None = None
    at: Annotated[datetime, Meta(description="When a delayed task starts.")] | None = None
    progress: float | None = None
    message: str | None = None
    result: Result | None = None


class Started(Struct, frozen=True):
    """A worker has been running the task for longer than a moment."""

    id: str
    function: str
    attempt: int
    worker: str
    started_at: datetime
    agent: str | None = None


class Progress(Struct, frozen=True):
    """How far a task is."""

    id: str
    function: str
    progress: Annotated[float, Meta(ge=0, le=1)]
    message: str
    at: datetime
    attempt: int = 1
    agent: str | None = None


class LogLine(Struct, frozen=True):
    """One line that a function wrote about its work."""

    id: str
    function: str
    level: Literal["debug", "info", "warning", "error"]
    message: str
    at: datetime
    attempt: int = 1
    fields: dict[str, Any] = {}
    agent: str | None = None


class Retried(Struct, frozen=True):
    """An attempt ended without an outcome; `next_attempt` follows after `delay` seconds."""

    id: str
    function: str
    attempt: int
    next_attempt: int
    delivery: int
    delay: float
    at: datetime
    error: ErrorInfo | None = None
    agent: str | None = None


class FunctionInfo(Struct, frozen=True):
    """What a worker announces of a function: enough to call it without its code."""

    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    timeout: float
    max_attempts: int
    isolation: Literal["loop", "thread", "process"]
    version: str = "1.0.0"


class Held(Struct, frozen=True):
    """A task that a worker has taken and not settled, with what is needed to hand it over."""

    id: str
    function: str
    attempt: int
    ack: str
    since: datetime
    agent: str | None = None


class WorkerInfo(Struct, frozen=True):
    """A worker as it shows itself in the `workers` bucket."""

    id: str
    host: str
    pid: int
    functions: list[str]
    slots: int
    state: Literal["running", "draining"]
    started_at: datetime
    seen_at: datetime
    held: list[Held] = []
    completed: int = 0
    failed: int = 0
    memory: Annotated[int, Meta(description="Resident bytes.")] = 0
    cpu: Annotated[float | None, Meta(description="Percent of one core, of late.")] = None
    run_ms: Annotated[float | None, Meta(description="Mean of the last tasks.")] = None
    stuck: Annotated[list[str], Meta(description="Tasks settled though their handler would not stop.")] = []


class Network(Struct, frozen=True):
    """Bytes since the machine started."""

    bytes_sent: int
    bytes_received: int


class SystemMetrics(Struct, frozen=True):
    """One host, measured by psutil."""

    host: str
    cpu_usage: Annotated[float, Meta(description="Percent over the last interval.")]
    memory_usage: float
    disk_usage: float
    network_io: Network
    timestamp: datetime
    load: list[float] = []
    processes: dict[str, float] = {}


class QueueStatus(Struct, frozen=True):
    """One engine or agent: what it does now and how it did over the last minutes."""

    queue: str
    status: Literal["idle", "processing", "overloaded", "error", "stopped", "offline"]
    running: int
    queued: int
    workers: int
    response_ms: float | None
    success_rate: float | None
    throughput: Annotated[float, Meta(description="Finished tasks a minute.")]
    current: list[str]
    updated_at: datetime
    response_p95_ms: Annotated[float, Meta(description="Of completed tasks.")] | None = None


class Overview(Struct, frozen=True):
    """The whole system in one row."""

    health: Literal["healthy", "stressed", "degraded", "unknown"]
    workers: int
    running: int
    queued: int
    unserved: Annotated[int, Meta(description="Queued for queues that no worker serves.")]
    dead_letters: int
    throughput: float
    error_rate: Annotated[float, Meta(description="Percent over the last hour.")] | None
    timestamp: datetime


class Schedule(Struct, frozen=True, omit_defaults=True):
    """A task that comes again and again."""

    name: str
    function: str
    input: Raw = field(default_factory=lambda: Raw(b"{}"))
    every: Annotated[float, Meta(ge=1, le=315360000, description="Whole seconds.")] | None = None
    cron: Annotated[str, Meta(description="Five or six fields, or @hourly, @daily, ...")] | None = None
    timezone: str | None = None
    priority: str = "medium"
    paused: bool = False


class DeadLetter(Struct, frozen=True):
    """A task that failed for good: its input to try again with, and why."""

    id: str
    function: str
    priority: Priority
    input: Raw
    error: ErrorInfo
    attempts: int
    at: datetime
