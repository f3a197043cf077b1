"""One field of a cron expression: which numbers it lets through."""

import re

from msgspec import Struct

from subjects import errors

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_NUMBER = re.compile(r"[0-9]{1,4}")
_NAME = re.compile(r"[A-Za-z]+")


class Kind(Struct, frozen=True):
    """A place in a cron expression and what it may hold."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


KINDS = (
    Kind("second", 0, 59),
    Kind("minute", 0, 59),
    Kind("hour", 0, 23),
    Kind("day of the month", 1, 31),
    Kind("month", 1, 12, tuple(MONTHS)),
    Kind("day of the week", 0, 6, tuple(WEEKDAYS)),
)


class Field(Struct, frozen=True):
    """The numbers that are let through; `star` where the field says `*`, and so does not restrict."""

    text: str
    values: frozenset[int]
    star: bool

    @property
    def sorted(self) -> list[int]:
        """The numbers, smallest first."""
        return sorted(self.values)


def field(text: str, kind: Kind) -> Field:
    """A field as the server reads it: `*`, `5`, `1-5`, `*/15`, `10-40/5`, `mon-fri`, and lists of them.

    >>> field("mon-fri/2", KINDS[5]).sorted
    [1, 3, 5]
    >>> field("7", KINDS[5])
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: day of the week '7': 7 is above 6; Sunday is 0
    """
    values: set[int] = set()
    star = False
    for part in text.split(","):
        found, starred = _part(part, kind)
        values |= found
        star = star or starred
    return Field(text, frozenset(values), star)


def _part(text: str, kind: Kind) -> tuple[set[int], bool]:
    span, slash, step_text = text.partition("/")
    step = _number(step_text, text, kind) if slash else 1
    if step == 0:
        raise _wrong(text, kind, "a step is 1 or more")
    if span in ("*", "?"):
        # A step makes a restriction of it: `*/2` in both fields of the day means one of them is enough.
        return set(range(kind.low, kind.high + 1, step)), step == 1
    first_text, dash, last_text = span.partition("-")
    first = _value(first_text, text, kind)
    # The server reads `5/15` as from 5 on.
    last = _value(last_text, text, kind) if dash else kind.high if slash else first
    if first < kind.low:
        raise _wrong(text, kind, f"{first} is below {kind.low}")
    if max(first, last) > kind.high:
        sunday = "; Sunday is 0" if kind.names == tuple(WEEKDAYS) and max(first, last) == 7 else ""
        raise _wrong(text, kind, f"{max(first, last)} is above {kind.high}{sunday}")
    if first > last:
        raise _wrong(text, kind, f"it begins at {first}, after its end {last}")
    return set(range(first, last + 1, step)), False


def _value(text: str, whole: str, kind: Kind) -> int:
    name = text.lower()
    if name in kind.names:
        return kind.names.index(name) + kind.low
    if kind.names and _NAME.fullmatch(text):
        raise _wrong(whole, kind, f"{text!r} is none of {', '.join(kind.names)}")
    return _number(text, whole, kind)


def _number(text: str, whole: str, kind: Kind) -> int:
    if not _NUMBER.fullmatch(text):
        raise _wrong(whole, kind, f"{text!r} is no number" if text else "a number is missing")
    return int(text)


def _wrong(text: str, kind: Kind, why: str) -> errors.InvalidRequest:
    return errors.InvalidRequest(f"{kind.name} {text[:40]!r}: {why}", field="cron", part=kind.name)
