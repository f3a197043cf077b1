"""Time zones by their names, and the offsets that the server's own arithmetic sees in them."""

import difflib
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from subjects import errors

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str | None) -> tzinfo:
    """The time zone of this name, UTC where none is given; InvalidRequest where there is none.

    >>> zone("Europe/Berln")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: there is no time zone 'Europe/Berln'; did you mean Europe/Berlin?
    """
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        # Not only what is unknown: a folder of zones, a path out of it, bytes that no file name has.
        pass
    near = difflib.get_close_matches(name[:80], available_timezones(), n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else "a name of the IANA list is meant, such as Europe/Berlin"
    raise errors.InvalidRequest(f"there is no time zone {name[:80]!r}; {hint}", field="timezone")


def clock(second: int, there: tzinfo) -> datetime:
    """What a clock shows at a second since 1970."""
    return (EPOCH + timedelta(seconds=second)).astimezone(there)


def second(there: datetime, *, months: int = 0, days: int = 0) -> int:
    """The second since 1970 at which the clock shows a time of that day, so many months and days on.

    Where the clock shows it twice or never, it is the one that Go's `time.Date` takes.
    """
    years, month = divmod(there.month - 1 + months, 12)
    first = datetime(there.year + years, month + 1, 1, there.hour, there.minute, tzinfo=UTC)
    wall = int((first + timedelta(days=there.day - 1 + days) - EPOCH).total_seconds())
    zone = there.tzinfo or UTC
    guess = _offset(wall, zone)
    return wall - _offset(wall - guess, zone) if guess else wall


def _offset(second: int, there: tzinfo) -> int:
    offset = clock(second, there).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
