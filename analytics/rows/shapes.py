"""The shapes of what is read from messages, and of rows, whose members are the columns."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from subjects.errors import ErrorInfo
from subjects.messages import FinalState, Network
from subjects.names import Priority

Small = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class ResultPayload(Struct):
    """What is read of an outcome; its input and output stay in the stream."""

    id: str
    queue: str
    function: str
    state: FinalState
    attempts: Small
    submitted_at: datetime
    finished_at: datetime
    started_at: datetime | None = None
    error: ErrorInfo | None = None
    worker: str | None = None
    priority: Priority = "medium"
    parent: str | None = None
    schedule: str | None = None
    agent: str | None = None


class TaskRow(Struct):
    """A row of `tasks`."""

    id: str
    queue: str
    function: str
    state: str
    priority: str
    attempts: int
    worker: str | None
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime
    queue_ms: float | None
    run_ms: float | None
    total_ms: float
    error_type: str | None
    error_message: str | None
    parent: str | None
    schedule: str | None
    agent: str | None
    stream_seq: int


class EventPayload(Struct):
    """What is read of an event of any kind."""

    at: datetime | None = None
    started_at: datetime | None = None
    attempt: Small | None = None
    worker: str | None = None
    progress: float | None = None
    level: str | None = None
    message: str | None = None
    fields: dict[str, Any] | None = None
    next_attempt: Small | None = None
    delay: float | None = None
    error: ErrorInfo | None = None
    agent: str | None = None


class EventRow(Struct):
    """A row of `events`."""

    id: str
    queue: str
    function: str
    kind: str
    attempt: int | None
    happened_at: datetime
    worker: str | None
    progress: float | None
    level: str | None
    message: str | None
    fields: dict[str, Any] | None
    next_attempt: int | None
    delay: float | None
    error_type: str | None
    error_message: str | None
    agent: str | None
    stream_seq: int


class SystemPayload(Struct):
    """What is read of a host's load."""

    host: str
    cpu_usage: float
    memory_usage: float
    disk_usage: float
    network_io: Network
    timestamp: datetime
    load: list[float] = []
    processes: dict[str, float] = {}


class SystemRow(Struct):
    """A row of `system_metrics`."""

    host: str
    measured_at: datetime
    cpu_usage: float
    memory_usage: float
    disk_usage: float
    bytes_sent: int
    bytes_received: int
    load: list[float]
    processes: dict[str, float]
    stream_seq: int


class MetricRow(Struct):
    """A row of `metrics`."""

    host: str
    kind: str
    measured_at: datetime
    data: dict[str, Any]
    stream_seq: int


class UnreadableRow(Struct):
    """A row of `quarantine`."""

    stream: str
    stream_seq: int | None
    subject: str
    reason: str
    payload: str
    stored_at: datetime
