"""A pattern as a person would say it."""

from collections.abc import Sequence
from typing import assert_never

from subjects.cron.fields import MONTHS, WEEKDAYS, Field
from subjects.cron.pattern import Cron, Every, Once, Pattern

DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MOST_TIMES = 6
"""More times of a day than these are not listed one by one."""


def spoken(pattern: Pattern) -> str:
    """The pattern in words.

    >>> from subjects.cron.pattern import read
    >>> for text in ("0 30 3 * * mon-fri", "0 */15 9-17 * * *", "@every 90s", "0 0 0 1 1 *", "0 0 0 1 * fri"):
    ...     print(spoken(read(text)))
    at 03:30, Monday to Friday
    every 15 minutes past the hour, in the hours 09 to 17
    every 1 min 30 s
    at 00:00, on day 1, in January
    at 00:00, on day 1 or on Friday
    """
    match pattern:
        case Once(at):
            return f"once, at {at.isoformat()}"
        case Every(seconds):
            return f"every {_span(seconds)}"
        case Cron():
            return ", ".join(part for part in (_time(pattern), _days(pattern), _months(pattern)) if part)
        case _:
            assert_never(pattern)


def _span(seconds: float) -> str:
    whole, rest = divmod(seconds, 60)
    minutes, hours = int(whole % 60), int(whole // 60 % 24)
    days = int(whole // 1440)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count:g} {unit}" for count, unit in parts if count) or "0 s"


def _time(cron: Cron) -> str:
    hours, minutes, seconds = cron.hour, cron.minute, cron.second
    if len(hours.values) * len(minutes.values) * len(seconds.values) <= MOST_TIMES:
        each = [
            f"{hour:02}:{minute:02}" + (f":{second:02}" if seconds.text != "0" else "")
            for hour in hours.sorted
            for minute in minutes.sorted
            for second in seconds.sorted
        ]
        return f"at {_listed(each)}"
    return ", ".join(part for part in (_within(cron), _hours(hours)) if part)


def _within(cron: Cron) -> str:
    """When in an hour."""
    minutes, seconds = cron.minute, cron.second
    exact = seconds.sorted == [0]
    if exact and minutes.star:
        return "every minute"
    if exact:
        step = _step(minutes, 60)
        if step:
            return f"every {step} minutes past the hour"
        return f"at minute {_numbers(minutes)}" if minutes.sorted != [0] else "every hour"
    step = _step(seconds, 60)
    if seconds.star:
        when = "every second"
    elif step:
        when = f"every {step} seconds"
    else:
        when = f"at second {_numbers(seconds)}"
    return when if minutes.star else f"{when} in minute {_numbers(minutes)}"


def _hours(hours: Field) -> str:
    if hours.star:
        return ""
    step = _step(hours, 24)
    return f"every {step} hours from midnight" if step else f"in the hours {_numbers(hours, 2)}"


def _days(cron: Cron) -> str:
    day = "" if cron.day.star else f"on day {_numbers(cron.day)}"
    names = _names(cron.weekday, WEEKDAYS, DAY_NAMES)
    if cron.weekday.star:
        return day
    if not day:
        return names if " to " in names else f"on {names}"
    # The server asks for both where one field has a star, for one of them else.
    return f"{day} or on {names}"


def _months(cron: Cron) -> str:
    return "" if cron.month.star else f"in {_names(cron.month, MONTHS, MONTH_NAMES)}"


def _names(own: Field, short: Sequence[str], full: Sequence[str]) -> str:
    base = 1 if len(short) == 12 else 0
    return _listed(_runs([full[value - base] for value in own.sorted], own.sorted))


def _numbers(own: Field, width: int = 1) -> str:
    return _listed(_runs([f"{value:0{width}}" for value in own.sorted], own.sorted))


def _runs(said: Sequence[str], values: Sequence[int]) -> list[str]:
    """Three and more in a row become `a to b`."""
    found: list[str] = []
    at = 0
    while at < len(values):
        end = at
        while end + 1 < len(values) and values[end + 1] == values[end] + 1:
            end += 1
        found += [f"{said[at]} to {said[end]}"] if end - at >= 2 else said[at : end + 1]
        at = end + 1
    return found


def _step(own: Field, size: int) -> int | None:
    """The step of a field that goes evenly round from 0."""
    values = own.sorted
    step = values[1] - values[0] if len(values) > 1 else size
    even = values[0] == 0 and step > 1 and size % step == 0 and values == list(range(0, size, step))
    return step if even and step < size else None


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
