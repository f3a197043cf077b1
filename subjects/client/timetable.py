"""Schedules as they are shown: from the bucket, the calendar and, for what came of them, from analytics."""

import contextlib
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from subjects import codec, cron, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.client import schedules
from subjects.client.client import Client
from subjects.kv import Bucket, Entry
from subjects.messages import Schedule
from subjects.timetable import Listed, Moments, Preview, ScheduleRun, ScheduleView, Waiting

SHOWN = 10
"""Next moments of a schedule that is looked at."""


def preview(asked: Moments) -> Preview:
    """The moments of what is not saved yet; InvalidRequest where it could not be saved."""
    now = codec.now()
    if asked.at is not None:
        if asked.cron is not None or asked.every is not None or asked.timezone is not None:
            raise errors.InvalidRequest("give `at` alone, or `cron` or `every`", field="at")
        if asked.at <= now:
            raise errors.InvalidRequest(f"{asked.at.isoformat()} is over", field="at")
        found: cron.Pattern = cron.Once(asked.at)
        kind, text = "once", cron.written(found)
    else:
        plan = Schedule("preview", "a.b", every=asked.every, cron=asked.cron, timezone=asked.timezone)
        found, text = schedules.read(plan), schedules.pattern(plan)
        kind = "cron" if asked.cron is not None else "every"
    moments = cron.upcoming(found, now, now, asked.count)
    return msgspec.convert(
        {"kind": kind, "pattern": text, "words": cron.spoken(found), "next": moments}, Preview
    )


async def page(client: Client, wanted: Waiting) -> Listed:
    """Recurring tasks by name; those of kind `once` by when they are due."""
    if wanted.kind == "once":
        return await _waiting(client.bus, wanted)
    entries = await Bucket(client.bus, schedules.BUCKET, Schedule).entries()
    fits = [own for own in sorted(entries, key=lambda own: own.key) if _wanted(wanted, own)]
    shown = fits[: wanted.limit]
    views = await _views(client, shown)
    return Listed(views, shown[-1].key if len(fits) > len(shown) else None)


async def one(client: Client, name: str) -> ScheduleView:
    """A recurring task in full: its next ten times and its input."""
    found = await schedules.entry(client.bus, name)
    assert found.value is not None
    [view] = await _views(client, [found], SHOWN)
    return structs.replace(view, input=found.value.input)


def _wanted(wanted: Waiting, own: Entry[Schedule]) -> bool:
    value = own.value
    return (
        value is not None
        and (wanted.after is None or own.key > wanted.after)
        and wanted.kind in (None, "every" if value.cron is None else "cron")
        and wanted.paused in (None, value.paused)
        and wanted.function in (None, value.function)
        and (wanted.text is None or wanted.text.lower() in f"{own.key} {value.function}".lower())
    )


async def _views(client: Client, entries: list[Entry[Schedule]], most: int = 1) -> list[ScheduleView]:
    subjects = [names.schedule(own.key) for own in entries]
    records = await Records(client.bus, streams.STREAM_TASKS).last_of_each(subjects)
    armed = {record.subject: record for record in records}
    told = await _outcomes(client, [own.key for own in entries])
    now = codec.now()
    return [
        _view(own, armed.get(names.schedule(own.key)), told, now, most)
        for own in entries
        if own.value is not None
    ]


async def _outcomes(client: Client, wanted: list[str]) -> dict[str, dict[str, Any]] | None:
    """What analytics says of each; None where it does not answer."""
    if not wanted:
        return {}
    try:
        answer = await client.query("schedules", {"names": ",".join(wanted)})
    except errors.RevoError:
        # Without its memory the calendar works as well.
        return None
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    return {row["schedule"]: row for row in rows}


def _view(
    own: Entry[Schedule],
    record: Record | None,
    told: dict[str, dict[str, Any]] | None,
    now: datetime,
    most: int,
) -> ScheduleView:
    value = own.value
    assert value is not None
    row = None if told is None else told.get(own.key, {})
    fired = None if not row or row["fired_at"] is None else datetime.fromisoformat(row["fired_at"])
    view = ScheduleView(
        name=own.key,
        kind="every" if value.cron is None else "cron",
        function=value.function,
        priority=value.priority,
        words="",
        cron=value.cron,
        every=value.every,
        timezone=value.timezone,
        paused=value.paused,
        revision=own.revision,
        changed_at=own.at,
        fired_at=fired,
        runs=None if row is None else row.get("runs", 0),
        success_rate=row.get("success_rate") if row else None,
        last_runs=msgspec.convert((row or {}).get("last_runs") or [], list[ScheduleRun]),
    )
    try:
        pattern = schedules.read(value)
    except errors.RevoError as error:
        return structs.replace(view, words="cannot be read", warnings=[error.message])
    view = structs.replace(view, words=cron.spoken(pattern))
    if value.paused:
        return view
    if record is None or record.headers.get(schedules.SCHEDULE) != schedules.pattern(value):
        return structs.replace(view, warnings=["the calendar has something else: save it again"])
    if fired is not None and fired < record.stored_at:
        fired = None
    return structs.replace(view, next=cron.upcoming(pattern, record.stored_at, now, most, fired))


async def _waiting(bus: Bus, wanted: Waiting) -> Listed:
    found: list[tuple[str, ScheduleView]] = []
    async for record in Records(bus, streams.STREAM_TASKS).scan(names.SCHEDULES):
        if codec.SCHEDULE in record.headers:
            continue
        view = None
        with contextlib.suppress(errors.RevoError, KeyError, ValueError):
            view = _once(record)
        if view is None:
            continue
        place = f"{view.next[0].timestamp():017.6f}/{view.name}"
        if (
            (wanted.after is None or place > wanted.after)
            and wanted.function in (None, view.function)
            and (wanted.text is None or wanted.text.lower() in f"{view.name} {view.function}".lower())
        ):
            found.append((place, view))
    found.sort(key=lambda pair: pair[0])
    shown = found[: wanted.limit]
    return Listed([view for _, view in shown], shown[-1][0] if len(found) > len(shown) else None)


def _once(record: Record) -> ScheduleView:
    """A delayed task, or one that waits to be tried again."""
    pattern = cron.read(record.headers[schedules.SCHEDULE], record.headers.get(schedules.ZONE))
    name = names.parse_task(record.headers[schedules.TARGET])
    attempt = record.headers.get(codec.ATTEMPT)
    return ScheduleView(
        name=record.subject.partition(".")[2],
        kind="once" if isinstance(pattern, cron.Once) else "cron",
        function=f"{name.queue}.{name.function}",
        priority=name.priority,
        words=cron.spoken(pattern),
        next=cron.upcoming(pattern, record.stored_at, codec.now(), 1),
        changed_at=record.stored_at,
        attempt=None if attempt is None else int(attempt),
    )
