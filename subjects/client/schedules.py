"""Recurring tasks: the server's own calendar fires them, no process of ours has to be awake.

A schedule is written twice: as it was asked for into the `schedules` bucket, and as the server reads it into
the calendar. Each write names what stood there before: of two who change it at once, one is told so.
"""

from secrets import token_hex
from typing import Literal

from msgspec import structs

from subjects import codec, cron, errors, names, streams
from subjects.bus import Bus, Record, Records
from subjects.bus.connection import Exists
from subjects.client.submit import Door, submit
from subjects.kv import Bucket, Entry
from subjects.messages import Accepted, Schedule, Submission

BUCKET = "schedules"
SCHEDULE, TARGET, ZONE = "Nats-Schedule", "Nats-Schedule-Target", "Nats-Schedule-Time-Zone"
TRIES = 5

Seen = int | Literal["any", "none"]
"""The revision that is to be replaced: a number, whatever there is, or nothing at all."""


def pattern(schedule: Schedule) -> str:
    """The server's spelling of when: `@every 5s`, six-field cron, or an alias as it is.

    >>> pattern(Schedule("n", "a.b", cron="*/5 * * * *")), pattern(Schedule("n", "a.b", every=90))
    ('0 */5 * * * *', '@every 90s')
    """
    if (schedule.every is None) == (schedule.cron is None):
        raise errors.InvalidRequest("a schedule has either `every` or `cron`")
    if schedule.every is not None:
        if schedule.timezone is not None:
            raise errors.InvalidRequest("a time zone goes with `cron`, not with `every`")
        if schedule.every != int(schedule.every):
            raise errors.InvalidRequest(
                f"every {schedule.every:g} s: the server counts in whole seconds", field="every"
            )
        return f"@every {int(schedule.every)}s"
    text = (schedule.cron or "").strip()
    return text if text.startswith("@") else cron.written(cron.cron(text, schedule.timezone))


def read(schedule: Schedule) -> cron.Cron | cron.Every:
    """When it is to fire; InvalidRequest with the place where that cannot be read, or is never."""
    text = pattern(schedule)
    found = cron.cron(text, schedule.timezone) if schedule.cron is not None else cron.read(text)
    if not cron.upcoming(found, codec.now(), codec.now(), 1):
        raise errors.InvalidRequest(f"{schedule.cron!r} fires never: no such day in five years", field="cron")
    assert not isinstance(found, cron.Once)
    return found


async def entry(bus: Bus, name: str) -> Entry[Schedule]:
    """A schedule with its revision; NotFound where there is none."""
    found = await Bucket(bus, BUCKET, Schedule).entry(names.token(name))
    if found is None or found.value is None:
        raise errors.NotFound(f"no schedule {name!r}")
    return found


async def add(bus: Bus, schedule: Schedule, seen: Seen = "any") -> int:
    """Make or replace a schedule; its revision.

    OutOfDate where it is not the one that was seen, AlreadyExists where there was to be none.
    """
    queue, function = names.split_function(schedule.function)
    if len(bytes(schedule.input)) > streams.MAX_INPUT:
        raise errors.PayloadTooLarge(f"the input may have {streams.MAX_INPUT} bytes")
    codec.decode(bytes(schedule.input))
    read(schedule)
    headers = {
        SCHEDULE: pattern(schedule),
        TARGET: names.task(queue, function, names.priority(schedule.priority)),
        codec.SCHEDULE: names.token(schedule.name),
    }
    if schedule.timezone is not None:
        headers[ZONE] = schedule.timezone
    bucket = Bucket(bus, BUCKET, Schedule)
    before = await bucket.entry(schedule.name)
    _check(schedule.name, before, seen)
    waits = await _on_calendar(bus, schedule.name)
    try:
        if schedule.paused:
            await Records(bus, streams.STREAM_TASKS).purge(names.schedule(schedule.name))
        else:
            # An id of this write: asked for twice because its answer was lost, it is not a change by others.
            headers |= {
                codec.EXPECTED: str(0 if waits is None else waits.sequence),
                codec.MSG_ID: token_hex(12),
            }
            await _store(bus, schedule, headers)
        return await bucket.write(schedule.name, schedule, 0 if before is None else before.revision)
    except Exists:
        raise errors.OutOfDate(f"schedule {schedule.name!r} was changed by somebody else") from None


async def listed(bus: Bus) -> list[Schedule]:
    """All recurring tasks, paused ones too."""
    return sorted((await Bucket(bus, BUCKET, Schedule).all()).values(), key=lambda own: own.name)


async def pause(bus: Bus, name: str, *, paused: bool = True) -> Schedule:
    """Stop a schedule, or let it go on."""
    for _ in range(TRIES):
        before = await entry(bus, name)
        assert before.value is not None
        changed = structs.replace(before.value, paused=paused)
        try:
            await add(bus, changed, before.revision)
        except errors.OutOfDate:
            continue
        return changed
    raise errors.Overloaded(f"schedule {name!r} changes all the time")


async def remove(bus: Bus, name: str, seen: Seen = "any") -> None:
    """Forget a schedule; NotFound where there is none."""
    before = await entry(bus, name)
    _check(name, before, seen)
    await _on_calendar(bus, name)
    await Records(bus, streams.STREAM_TASKS).purge(names.schedule(name))
    try:
        await Bucket(bus, BUCKET, Schedule).write(name, None, before.revision)
    except Exists:
        raise errors.OutOfDate(f"schedule {name!r} was changed by somebody else") from None


async def run(bus: Bus, name: str, door: Door) -> Accepted:
    """Let a schedule run once now, paused or not; its next time stays as it is."""
    own = (await entry(bus, name)).value
    assert own is not None
    task = Submission(own.function, own.input, own.priority)
    return await submit(bus, task, structs.replace(door, schedule=own.name))


def _check(name: str, before: Entry[Schedule] | None, seen: Seen) -> None:
    there = before is not None and before.value is not None
    revision = 0 if before is None else before.revision
    if seen == "none" and there:
        raise errors.AlreadyExists(f"there is a schedule {name!r} already")
    if isinstance(seen, int) and (not there or seen != revision):
        raise errors.OutOfDate(f"schedule {name!r} has revision {revision}, not {seen}", revision=revision)


async def _on_calendar(bus: Bus, name: str) -> Record | None:
    """What stands on the calendar under this name; AlreadyExists where it is a delayed task of this id."""
    record = await Records(bus, streams.STREAM_TASKS).last(names.schedule(name))
    if record is not None and codec.SCHEDULE not in record.headers:
        raise errors.AlreadyExists(f"a delayed task has the id {name!r}; choose another name")
    return record


async def _store(bus: Bus, schedule: Schedule, headers: dict[str, str]) -> None:
    try:
        await bus.store(names.schedule(schedule.name), bytes(schedule.input), headers)
    except errors.RevoError as error:
        if type(error) is errors.RevoError:
            raise errors.InvalidRequest(error.message) from error
        raise
