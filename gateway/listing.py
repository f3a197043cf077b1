"""The list of tasks, newest first: the unfinished from the stream, the finished from analytics."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from gateway.pages import Cursor, Page, written
from gateway.parts import Parts
from subjects import codec, errors, names, streams
from subjects.bus import Record, Records
from subjects.listed import Listed
from subjects.messages import FINAL, State, TaskView

WINDOW = 500
READS = 40
"""Windows of the stream that one page may cost."""


class Filter(Struct, frozen=True):
    """Which tasks are wanted, and how many at once."""

    state: State | None = None
    queue: str | None = None
    function: str | None = None
    priority: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agent: str | None = None
    parent: str | None = None
    schedule: str | None = None
    text: str | None = None
    limit: int = 50

    def takes(self, row: Listed) -> bool:
        """Whether an unfinished task is wanted."""
        queue, _, short = row.function.partition(".")
        return (
            self.state in (None, row.state)
            and self.queue in (None, queue)
            and self.function in (None, short, row.function)
            and self.priority in (None, row.priority)
            and self.agent in (None, row.agent)
            and self.parent in (None, row.parent)
            and self.schedule in (None, row.schedule)
            and (self.text is None or self.text.lower() in f"{row.id} {row.function}".lower())
            and self._when(row.submitted_at)
        )

    def _when(self, at: datetime | str | None) -> bool:
        if not isinstance(at, datetime):
            return True
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


async def page(parts: Parts, wanted: Filter, cursor: Cursor) -> Page:
    """One page and where the next one begins."""
    found: list[Listed] = []
    if cursor.part == "unfinished" and wanted.state not in FINAL:
        found, upto = await _Unfinished(parts, wanted).read(cursor.upto)
        if upto is not None:
            return Page(found, written(Cursor(upto=upto)))
    if wanted.state is not None and wanted.state not in FINAL:
        return Page(found, None)
    if len(found) >= wanted.limit:
        return Page(found, written(Cursor("finished")))
    rows, before = await _finished(parts, wanted, cursor.before, wanted.limit - len(found))
    return Page([*found, *rows], None if before is None else written(Cursor("finished", before=before)))


async def past(parts: Parts, id: str) -> TaskView | None:
    """What is left of a task whose result is no longer kept: its row in analytics; None without one."""
    try:
        answer = await parts.client.query("task", {"id": id})
    except errors.Unavailable:
        return None
    for values in answer["rows"]:
        row = dict(zip(answer["columns"], values, strict=True))
        known = {"function": f"{row['queue']}.{row['function']}", "attempt": row["attempts"]}
        return msgspec.convert({**row, "message": row["error_message"], **known}, TaskView)
    return None


class _Unfinished:
    """Reads the TASKS stream backwards, window by window."""

    def __init__(self, parts: Parts, wanted: Filter) -> None:
        self._parts = parts
        self._wanted = wanted
        self._tasks = Records(parts.bus, streams.STREAM_TASKS)
        lane = f"task.{wanted.queue or '*'}.{wanted.priority or '*'}.>"
        self._filters = (lane, names.SCHEDULES)

    async def read(self, upto: int | None) -> tuple[list[Listed], int | None]:
        """Up to a page of tasks, and where to read on; None where there is nothing before."""
        info = await self._tasks.info()
        first, last = int(info["state"]["first_seq"]), int(info["state"]["last_seq"])
        stamp = codec.stream_stamp(datetime.fromisoformat(info["created"]))
        running = await _running(self._parts)
        found: list[Listed] = []
        end = last if upto is None else min(upto, last)
        width = WINDOW
        for _ in range(READS):
            if end < first or end == 0:
                return found, None
            start = max(first, end - width + 1)
            records = await self._window(start, end)
            for record in records:
                row = _unfinished(record, stamp, running)
                if row is not None and self._wanted.takes(row):
                    found.append(row)
                    if len(found) == self._wanted.limit:
                        return found, record.sequence - 1 if record.sequence > first else None
            end = start - 1
            if len(records) < WINDOW // 4:
                width *= 4
        return found, end

    async def _window(self, start: int, end: int) -> Sequence[Record]:
        found: list[Record] = []
        for subject in self._filters:
            async for record in self._tasks.scan(subject, start, WINDOW):
                if record.sequence > end:
                    break
                found.append(record)
        return sorted(found, key=lambda record: -record.sequence)


async def _running(parts: Parts) -> dict[str, tuple[str, int, datetime]]:
    workers = await parts.catalog.workers.get()
    return {
        held.id: (worker.id, held.attempt, held.since) for worker in workers.values() for held in worker.held
    }


def _unfinished(record: Record, stamp: str, running: dict[str, tuple[str, int, datetime]]) -> Listed | None:
    """The row of a stored task; None for recurring schedules and for subjects that are no tasks."""
    delayed = record.subject.startswith("sched.")
    if delayed and codec.SCHEDULE in record.headers:
        return None
    subject = record.headers.get("Nats-Schedule-Target", "") if delayed else record.subject
    try:
        name = names.parse_task(subject)
        id = codec.task_id(name, record.headers, stamp, record.sequence)
    except errors.RevoError:
        return None
    when = record.headers.get("Nats-Schedule", "").removeprefix("@at ")
    at: datetime | None = None
    submitted: datetime = record.stored_at
    with contextlib.suppress(ValueError):
        at = datetime.fromisoformat(when) if when else None
        submitted = datetime.fromisoformat(record.headers.get(codec.SUBMITTED, "") or submitted.isoformat())
    worker, attempt, since = running.get(id, (None, None, None))
    return Listed(
        id=id,
        function=f"{name.queue}.{name.function}",
        state="queued" if worker is None else "running",
        priority=name.priority,
        submitted_at=submitted,
        started_at=since,
        at=at,
        attempt=attempt,
        worker=worker,
        agent=record.headers.get(codec.AGENT),
        parent=record.headers.get(codec.PARENT),
        schedule=record.headers.get(codec.SCHEDULE),
    )


async def _finished(
    parts: Parts, wanted: Filter, before: str | None, room: int
) -> tuple[list[Listed], str | None]:
    """Finished tasks before a place, and where to read on; None where there are no more."""
    asked = {
        "state": wanted.state,
        "queue": wanted.queue,
        "function": wanted.function,
        "priority": wanted.priority,
        "agent": wanted.agent,
        "parent": wanted.parent,
        "schedule": wanted.schedule,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
        "text": wanted.text,
        "before": before,
        "limit": room,
    }
    try:
        answer = await parts.client.query(
            "tasks", {key: value for key, value in asked.items() if value is not None}
        )
    except errors.Unavailable as error:
        raise errors.Unavailable(
            f"finished tasks cannot be listed, because analytics does not answer ({error.message}); "
            "unfinished ones can: ?state=queued, ?state=running"
        ) from None
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    # An answer holds as many rows as a message does: fewer than asked for are not always the last ones.
    more = bool(rows) and (len(rows) >= room or answer["truncated"])
    return [_done(row) for row in rows], rows[-1]["cursor"] if more else None


def _done(row: dict[str, Any]) -> Listed:
    # Times are text in an answer of analytics.
    name = f"{row['queue']}.{row['function']}"
    return msgspec.convert({**row, "function": name, "attempt": row["attempts"]}, Listed)
