"""What we say of the calendar is what nats-server does: the two are held against each other."""

import asyncio
import functools
import itertools
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra import topology
from infra.server import ServerSettings, running
from subjects import cron, errors, names
from subjects.bus import Bus, Records
from subjects.settings import NatsSettings
from tests.wire.gateway.conftest import eventually

ZONES = (
    None,
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
)
SAMPLES = 300


@pytest.fixture
async def bus(tmp_path):
    own = ServerSettings(tmp_path, port=0, durability="process")
    async with running(own) as server, Bus.open(NatsSettings(url=server.url)) as bus:
        for config in topology.wanted(1):
            await bus.api(f"STREAM.CREATE.{config['name']}", config)
        yield bus


@functools.cache
def nights(zone):
    """The days of the coming year around which the clock of a zone changes."""
    there = ZoneInfo(zone or "UTC")
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [start + timedelta(days=day) for day in range(400)]
    return [
        day
        for day, next_day in itertools.pairwise(days)
        if day.astimezone(there).utcoffset() != next_day.astimezone(there).utcoffset()
    ]


def pattern(dice, zone, soon):
    """A pattern that fires soon, or a little later, and then at a moment that is likely to be odd."""
    there = [moment.astimezone(ZoneInfo(zone or "UTC")) for moment in soon]
    changes = nights(zone)
    change = dice.choice(changes).astimezone(there[0].tzinfo) if changes and dice.random() < 0.6 else None
    odd = (
        dice.choice(("0", "59", "*/25", "10-40/7")),
        dice.choice(("0", "30", "*/20")),
        dice.choice(("0", "1", "2", "3", "*", "*/6", "9-17/4")),
        f"{change.day},{change.day % 28 + 1}" if change else dice.choice(("*/9", "31", "29", "?", "*")),
        str(change.month) if change else dice.choice(("2", "jan-mar", "*/5", "*")),
        dice.choice(("*", "?", "sun", "1-5/2", "*/3", "mon,6")),
    )
    now = zip(*((t.second, t.minute, t.hour, t.day, t.month, t.isoweekday() % 7) for t in there), strict=True)
    return " ".join(",".join([field, *map(str, set(fits))]) for field, fits in zip(odd, now, strict=True))


async def test_the_next_time_is_the_one_that_the_server_names(bus):
    dice = random.Random(7)
    texts = [(number, ZONES[number % len(ZONES)]) for number in range(SAMPLES)]
    for zone in ZONES:
        nights(zone)
    start = datetime.now(UTC).replace(microsecond=0)
    soon = [start + timedelta(seconds=seconds) for seconds in (3, 7, 12)]
    given = {f"t{number}": (pattern(dice, zone, soon), zone) for number, zone in texts}

    async def store(id, text, zone):
        headers = {"Nats-Schedule": text, "Nats-Schedule-Target": names.task("x", "y", "medium", id)}
        headers |= {"Nats-Schedule-Time-Zone": zone} if zone else {}
        await bus.store(names.schedule(id), b"{}", headers)

    await asyncio.gather(*(store(id, *how) for id, how in given.items()))
    tasks = Records(bus, "TASKS")

    async def fired():
        return {record.headers["Nats-Scheduler"]: record async for record in tasks.scan("task.x.>")}

    first = await eventually(fired, lambda found: len(found) == SAMPLES)
    wrong = []
    for scheduler, record in first.items():
        text, zone = given[scheduler.removeprefix("sched.")]
        due = record.stored_at.replace(microsecond=0)
        own = cron.upcoming(cron.read(text, zone), due - timedelta(seconds=1), due, 1)
        said = datetime.fromisoformat(record.headers["Nats-Schedule-Next"])
        if own != [said]:
            wrong.append((text, zone, due, said, own))
    assert not wrong, f"{len(wrong)} differ, such as {wrong[:3]}"


PATTERNS = (
    "0 0 * * * *",
    "60 0 * * * *",
    "0 0 24 * * *",
    "0 0 0 0 * *",
    "0 0 0 32 * *",
    "0 0 0 * 13 *",
    "0 0 0 * * 7",
    "0 0 0 * * SUN",
    "0 0 0 * foo *",
    "0 0 0 * JAN-mar *",
    "5-1 * * * * *",
    "*/0 * * * * *",
    "5/20 * * * * *",
    "1-2-3 * * * * *",
    "1/2/3 * * * * *",
    "a * * * * *",
    "- * * * * *",
    "*/90 * * * * *",
    "0 0 0 30 2 *",
    "0 0 0 29 2 *",
    "0 0 * * *",
    "@hourly",
    "@reboot",
    "@every 1s",
    "@every 999ms",
    "@every 1h30m",
    "@every 5",
)


async def test_what_the_server_refuses_is_refused_and_nothing_else(bus):
    differ = []
    for text in PATTERNS:
        headers = {"Nats-Schedule": text, "Nats-Schedule-Target": names.task("x", "y", "medium", "t")}
        try:
            await bus.store(names.schedule("t"), b"{}", headers)
            taken = True
        except errors.RevoError:
            taken = False
        try:
            own = bool(cron.upcoming(cron.read(text), datetime.now(UTC), datetime.now(UTC), 1))
        except errors.InvalidRequest:
            own = False
        if own != taken:
            differ.append((text, taken))
    # Five fields are ours: the client writes a 0 for the second.
    assert differ == [("0 0 * * *", False)]


@pytest.mark.parametrize("zone", ["Moon/Base", "Europe/Berln", "../etc/passwd", "Europe", "\ud800"])
def test_a_zone_that_does_not_exist_is_refused(zone):
    with pytest.raises(errors.InvalidRequest, match="no time zone"):
        cron.zone(zone)
