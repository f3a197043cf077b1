"""Virtual time for tests: what the server's calendar would do until then, done now."""

from datetime import datetime, timedelta

from subjects import codec, cron, names, streams
from subjects.bus import Bus, Record, Records
from subjects.bus.connection import Exists

SCHEDULE, TARGET, ZONE = "Nats-Schedule", "Nats-Schedule-Target", "Nats-Schedule-Time-Zone"
NEXT, SCHEDULER = "Nats-Schedule-Next", "Nats-Scheduler"
_NOT_CARRIED = {SCHEDULE, TARGET, ZONE, "Nats-Rollup", codec.MSG_ID, codec.EXPECTED, codec.EXPECTED_SUBJECT}


class Clock:
    """A clock of one test; `ahead` is how far it runs before the real one."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.ahead = timedelta()

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return codec.now() + self.ahead

    async def advance(self, by: timedelta) -> int:
        """Let time pass: what comes due by then is fired, in order; how many tasks that made."""
        fired = 0
        seen: set[tuple[str, datetime]] = set()
        tasks = Records(self._bus, streams.STREAM_TASKS)
        start, until = self.now, self.now + by
        while True:
            # Again, since what is fired may be answered by new schedules: a retry, for one.
            pending = [
                (moment, record)
                for record in [own async for own in tasks.scan(names.SCHEDULES)]
                for moment in _due(record, start, until)
                if (record.subject, moment) not in seen
            ]
            if not pending:
                break
            for moment, record in sorted(pending, key=lambda pair: (pair[0], pair[1].sequence)):
                seen.add((record.subject, moment))
                fired += await self._fire(record)
        self.ahead += by
        return fired

    async def _fire(self, record: Record) -> int:
        headers = {key: value for key, value in record.headers.items() if key not in _NOT_CARRIED}
        headers = {key: value for key, value in headers.items() if key not in _STORED_BY}
        once = record.headers[SCHEDULE].startswith("@at ")
        if once:
            # Guarded: where the server was first, the schedule is gone and this is refused.
            headers |= {
                SCHEDULER: record.subject,
                NEXT: "purge",
                codec.EXPECTED: str(record.sequence),
                codec.EXPECTED_SUBJECT: record.subject,
            }
        try:
            await self._bus.store(record.headers[TARGET], record.data, headers)
        except Exists:
            return 0
        return 1


_STORED_BY = {
    "Nats-Stream",
    "Nats-Subject",
    "Nats-Sequence",
    "Nats-Time-Stamp",
    "Nats-Num-Pending",
    "Nats-Last-Sequence",
}


def _due(record: Record, after: datetime, until: datetime) -> list[datetime]:
    pattern = record.headers[SCHEDULE]
    return list(cron.due(pattern, after, until, record.headers.get(ZONE), record.stored_at))
