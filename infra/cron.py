"""When a cron expression of the server's calendar comes due: for virtual time in tests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

ALIASES = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
NAMES = {
    name: str(place)
    for names, first in (
        ("jan feb mar apr may jun jul aug sep oct nov dec", 1),
        ("sun mon tue wed thu fri sat", 0),
    )
    for place, name in enumerate(names.split(), first)
}
RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_PART = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")


def due(
    pattern: str, after: datetime, until: datetime, zone: str | None = None, origin: datetime | None = None
) -> Iterator[datetime]:
    """The moments after one and up to another at which a schedule fires; `@every` counts from its `origin`.

    >>> start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [moment.minute for moment in due("0 */20 * * * *", start, start + timedelta(hours=1))]
    [20, 40, 0]
    >>> len(list(due("@every 90s", start, start + timedelta(minutes=6))))
    4
    """
    if pattern.startswith("@at "):
        moment = datetime.fromisoformat(pattern.removeprefix("@at "))
        if moment <= until:
            yield moment
    elif pattern.startswith("@every "):
        step, first = _span(pattern.removeprefix("@every ")), origin or after
        moment = first + step * max(1, (after - first) // step + 1)
        while moment <= until:
            yield moment
            moment += step
    else:
        yield from _cron(ALIASES.get(pattern, pattern), after, until, ZoneInfo(zone) if zone else UTC)


def _cron(pattern: str, after: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    seconds, minutes, hours, days, months, weekdays = (
        _field(text.lower(), *limits) for text, limits in zip(pattern.split(), RANGES, strict=True)
    )
    any_day, any_weekday = pattern.split()[3] == "*", pattern.split()[5] == "*"
    minute = after.astimezone(UTC).replace(second=0, microsecond=0)
    while minute <= until:
        there = minute.astimezone(zone)
        weekday = there.isoweekday() % 7 in weekdays
        day = there.day in days
        # Cron's old rule: where both are given, one of them is enough.
        right_day = (day or weekday) if not (any_day or any_weekday) else day and weekday
        if right_day and there.month in months and there.hour in hours and there.minute in minutes:
            for second in sorted(seconds):
                moment = minute + timedelta(seconds=second)
                if after < moment <= until:
                    yield moment
        minute += timedelta(minutes=1)


def _field(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        plain = re.sub(r"[a-z]{3}", lambda match: NAMES.get(match[0], match[0]), part)
        matched = _PART.fullmatch(plain.replace("?", "*"))
        if matched is None:
            raise ValueError(f"{text!r} is no field of a cron expression")
        span, step = matched[1], int(matched[2] or 1)
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        end = int(last) if last else high if matched[2] else int(first)
        found.update(range(int(first), end + 1, step))
    return found


def _span(text: str) -> timedelta:
    """A duration as the server writes it: 90s, 1m30s, 2h."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return timedelta(
        seconds=sum(float(count) * units[unit] for count, unit in re.findall(r"([\d.]+)(ms|[smh])", text))
    )
