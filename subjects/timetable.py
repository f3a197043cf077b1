"""What is shown of recurring and delayed tasks: when they come next and what came of them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Kind = Literal["cron", "every", "once"]


class ScheduleRun(Struct, frozen=True):
    """One finished run."""

    id: str
    state: str
    at: Annotated[datetime, Meta(description="When it was put into the queue.")]
    run_ms: float | None
    error_type: str | None


class ScheduleView(Struct, frozen=True):
    """A recurring task; or, of kind `once`, a delayed one under its task id."""

    name: str
    kind: Kind
    function: str
    priority: str
    words: Annotated[str, Meta(description="When, as a person would say it.")]
    cron: str | None = None
    every: float | None = None
    timezone: str | None = None
    paused: bool = False
    next: Annotated[list[datetime], Meta(description="The next moments; none while it is paused.")] = []
    revision: int = 0
    changed_at: datetime | None = None
    input: Any = None
    attempt: Annotated[int | None, Meta(description="Of a task that waits to be tried again.")] = None
    fired_at: Annotated[datetime | None, Meta(description="The last fire that has an outcome.")] = None
    runs: Annotated[int | None, Meta(description="Finished within 7 days; null where nobody counts.")] = None
    success_rate: Annotated[float | None, Meta(description="Percent of those that were not canceled.")] = None
    last_runs: Annotated[list[ScheduleRun], Meta(description="The last 20, newest first.")] = []
    warnings: list[str] = []


class Moments(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When something is to come that is not saved: `cron` (with `timezone`), `every` seconds, or `at`."""

    cron: Annotated[str, Meta(max_length=500)] | None = None
    every: Annotated[float, Meta(ge=1, le=315360000)] | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    timezone: Annotated[str, Meta(max_length=100)] | None = None
    count: Annotated[int, Meta(ge=1, le=100)] = 10


class Preview(Struct, frozen=True):
    """What the calendar would do, were it saved now."""

    kind: Kind
    pattern: Annotated[str, Meta(description="In the server's spelling.")]
    words: str
    next: list[datetime]


class Waiting(Struct, frozen=True):
    """Which schedules are wanted, and how many at once."""

    kind: Kind | None = None
    paused: bool | None = None
    function: str | None = None
    text: str | None = None
    after: str | None = None
    limit: int = 100


class Listed(Struct, frozen=True):
    """One page, and after what the next one begins; None where it is the last."""

    views: list[ScheduleView]
    next: str | None
