"""A pattern of the server's calendar, read: at one moment, every so many seconds, or by cron fields."""

import re
from datetime import UTC, datetime, tzinfo
from typing import assert_never

from msgspec import Struct

from subjects import errors
from subjects.cron.fields import KINDS, Field, field
from subjects.cron.zones import zone as named

ALIASES = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[hms]))+")


class Once(Struct, frozen=True):
    """At one moment."""

    at: datetime


class Every(Struct, frozen=True):
    """Again after so many seconds."""

    seconds: float


class Cron(Struct, frozen=True):
    """Whenever a clock of the zone shows what the six fields let through."""

    second: Field
    minute: Field
    hour: Field
    day: Field
    month: Field
    weekday: Field
    zone: tzinfo

    def right_day(self, day: int, weekday: int) -> bool:
        """Whether it fires on such a day: where both fields restrict, one of them is enough."""
        by_day, by_weekday = day in self.day.values, weekday in self.weekday.values
        return by_day and by_weekday if self.day.star or self.weekday.star else by_day or by_weekday


Pattern = Once | Every | Cron


def read(text: str, zone: str | None = None) -> Pattern:
    """What the server will do with a pattern; InvalidRequest with the place where it could not.

    >>> read("@every 1m30s")
    Every(seconds=90.0)
    >>> read("0 0 25 * * *")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: hour '25': 25 is above 23
    """
    if text.startswith("@at "):
        return _once(text.removeprefix("@at "))
    if text.startswith("@every "):
        return _every(text.removeprefix("@every "))
    return cron(text, zone)


def cron(text: str, zone: str | None = None) -> Cron:
    """Five or six fields, or @hourly, @daily, ...; five begin with the minute."""
    if text.startswith("@") and text not in ALIASES:
        raise errors.InvalidRequest(
            f"{text[:40]!r} is none of {', '.join(ALIASES)}; write an interval as `every`", field="cron"
        )
    texts = ALIASES.get(text, text).split()
    if len(texts) == 5:
        texts.insert(0, "0")
    if len(texts) != 6:
        raise errors.InvalidRequest(
            f"{text[:80]!r} is no cron expression: five or six fields, or @hourly, @daily, ...", field="cron"
        )
    second, minute, hour, day, month, weekday = (
        field(own, kind) for own, kind in zip(texts, KINDS, strict=True)
    )
    return Cron(second, minute, hour, day, month, weekday, named(zone))


def written(pattern: Pattern) -> str:
    """The pattern in the server's spelling."""
    match pattern:
        case Once(at):
            return f"@at {at.isoformat()}"
        case Every(seconds):
            return f"@every {seconds:.12g}s"
        case Cron():
            parts = (
                pattern.second,
                pattern.minute,
                pattern.hour,
                pattern.day,
                pattern.month,
                pattern.weekday,
            )
            return " ".join(part.text for part in parts)
        case _:
            assert_never(pattern)


def _once(text: str) -> Once:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise errors.InvalidRequest(f"{text[:40]!r} is no time such as 2030-01-31T12:00:00Z") from None
    return Once(at if at.tzinfo is not None else at.replace(tzinfo=UTC))


def _every(text: str) -> Every:
    if not _SPAN.fullmatch(text):
        raise errors.InvalidRequest(f"{text[:40]!r} is no duration such as 90s or 1h30m", field="every")
    seconds = sum(float(count) * SECONDS[unit] for count, unit in re.findall(r"([\d.]+)(ms|[hms])", text))
    if seconds < 1:
        raise errors.InvalidRequest("the server fires no more often than once a second", field="every")
    return Every(seconds)
