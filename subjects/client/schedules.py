"""Recurring tasks: the server's own calendar fires them, no process of ours has to be awake."""

import msgspec

from subjects import codec, errors, names, streams
from subjects.bus import Bus, Records
from subjects.kv import Bucket
from subjects.messages import Schedule


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
        return f"@every {schedule.every:g}s"
    cron = (schedule.cron or "").strip()
    fields = cron.split()
    if cron.startswith("@") or len(fields) == 6:
        return cron
    if len(fields) != 5:
        raise errors.InvalidRequest(
            f"{cron!r} is no cron expression: five or six fields, or @hourly, @daily, ..."
        )
    return f"0 {cron}"


async def add(bus: Bus, schedule: Schedule) -> None:
    """Make or replace a schedule; refused where the server cannot read its pattern."""
    queue, function = names.split_function(schedule.function)
    codec.decode(bytes(schedule.input))
    headers = {
        "Nats-Schedule": pattern(schedule),
        "Nats-Schedule-Target": names.task(queue, function, names.priority(schedule.priority)),
        codec.SCHEDULE: names.token(schedule.name),
    }
    if schedule.timezone is not None:
        headers["Nats-Schedule-Time-Zone"] = schedule.timezone
    if schedule.paused:
        await Records(bus, streams.STREAM_TASKS).purge(names.schedule(schedule.name))
    else:
        try:
            await bus.store(names.schedule(schedule.name), bytes(schedule.input), headers)
        except errors.RevoError as error:
            if type(error) is errors.RevoError:
                raise errors.InvalidRequest(error.message) from error
            raise
    await Bucket(bus, "schedules", Schedule).put(schedule.name, schedule)


async def listed(bus: Bus) -> list[Schedule]:
    """All recurring tasks, paused ones too."""
    return sorted((await Bucket(bus, "schedules", Schedule).all()).values(), key=lambda own: own.name)


async def pause(bus: Bus, name: str, *, paused: bool = True) -> Schedule:
    """Stop a schedule, or let it go on."""
    known = await Bucket(bus, "schedules", Schedule).get(names.token(name))
    if known is None:
        raise errors.NotFound(f"no schedule {name!r}")
    changed = msgspec.structs.replace(known, paused=paused)
    await add(bus, changed)
    return changed


async def remove(bus: Bus, name: str) -> None:
    """Forget a schedule; NotFound where there is none."""
    bucket = Bucket(bus, "schedules", Schedule)
    if await bucket.get(names.token(name)) is None:
        raise errors.NotFound(f"no schedule {name!r}")
    await Records(bus, streams.STREAM_TASKS).purge(names.schedule(name))
    await bucket.delete(name)
