"""A task as it stands in a list."""

from datetime import datetime

from msgspec import Struct


class Listed(Struct, frozen=True, omit_defaults=True):
    """A task in a list; its result is one request away."""

    id: str
    function: str
    state: str
    priority: str | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    at: datetime | None = None
    attempt: int | None = None
    worker: str | None = None
    queue_ms: float | None = None
    run_ms: float | None = None
    error_type: str | None = None
    error_message: str | None = None
    agent: str | None = None
    parent: str | None = None
    schedule: str | None = None
