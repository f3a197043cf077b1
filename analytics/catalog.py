"""The questions analytics answers: one SQL file each, with its name, what it tells and takes at the top.

    -- name: slowest
    -- doc: The tasks that took longest.
    -- param: hours float 24 How far back to look.

A parameter stands in the SQL as `$hours`. Its default is a value, or `null` for "not asked for". `$now` is
the time of the question, in UTC without a zone, and is never given. Where a few words are all it takes, they
stand in place of the type: `all|queue|function`.

    -- period: now hours

A query over rollups names its windows: each of so many hours (a number, or the parameter that has it, in
hours, or minutes where that is its name) until now, or with the word `before` at its end, as long and until
the first one begins. Where the query has a parameter `steps`, no bucket is longer than a step. DuckDB gets
`$pieces`, `$earliest` and `$loose`; with `of model_calls` at the end `$call_pieces` and so on, with
`of system_metrics` `$load_pieces`.
"""

import difflib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from subjects import codec, errors

FOLDER = Path(__file__).with_name("queries")

Type = Literal["text", "int", "float", "time", "cursor", "sequence"]
"""A cursor is a time and, after a slash, the id of a row; a sequence is a message's place in its stream."""
TYPES: tuple[Type, ...] = ("text", "int", "float", "time", "cursor", "sequence")
MOST = 10_000_000
"""Largest number that a parameter takes, of hours, minutes or rows."""
LAST = (1 << 63) - 1
"""Largest sequence."""


class Parameter(Struct, frozen=True):
    """One thing that a query can be told."""

    name: str
    type: Type
    default: str | float | None
    doc: str
    words: tuple[str, ...] = ()
    """All that it takes; empty where that cannot be listed."""

    def value(self, given: Any) -> Any:
        """`given` as DuckDB takes it; InvalidRequest where it is not of this type."""
        if given is None:
            return self.default
        match self.type:
            case "text" if isinstance(given, str | int) and not isinstance(given, bool):
                # A command line reads `id=7` as a number.
                return self._text(str(given))
            case "time" if isinstance(given, str):
                return self._time(given)
            case "cursor" if isinstance(given, str):
                time, slash, id = given.partition("/")
                return self._time(time).isoformat() + slash + id
            case "int" | "float":
                return self._number(given, MOST)
            case "sequence":
                return self._number(given, LAST)
            case _:
                raise self._wrong(given)

    def _text(self, given: str) -> str:
        if self.words and given not in self.words:
            raise self._wrong(given)
        return given

    def _number(self, given: Any, most: int) -> int | float:
        kind = float if self.type == "float" else int
        try:
            number = kind(given)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(given) from None
        if (
            isinstance(given, bool)
            or (isinstance(given, float) and number != given)
            or not 0 <= number <= most
        ):
            raise self._wrong(given)
        return number

    def _time(self, given: str) -> datetime:
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise self._wrong(given) from None
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).replace(tzinfo=None)

    def _wrong(self, given: Any) -> errors.InvalidRequest:
        wanted = {
            "text": _listed(self.words) if self.words else "a text",
            "time": "a time such as 2030-01-31T12:00:00Z",
            "cursor": "a time such as 2030-01-31T12:00:00Z, or the `cursor` of an earlier answer",
            "int": f"a whole number from 0 to {MOST}",
            "float": f"a number from 0 to {MOST}",
            "sequence": "a whole number, the `stream_seq` of an earlier answer",
        }
        return errors.InvalidRequest(f"{self.name} is {wanted[self.type]}, not {str(given)[:80]!r}")


class Period(NamedTuple):
    """A window of time with a name: from `since` until just before `until`."""

    name: str
    since: datetime
    until: datetime
    source: str = "tasks"
    largest: str = "day"
    """No bucket of the rollups longer than this one answers it."""


class Window(Struct, frozen=True):
    """How long a period of a query is: so many hours, or what a parameter says; or the one before it."""

    name: str
    hours: float | str
    before: bool = False
    source: str = "tasks"

    def period(self, now: datetime, values: Mapping[str, Any]) -> Period:
        """The period itself. It begins as `window_start` in SQL says."""
        hours = values[self.hours] if isinstance(self.hours, str) else self.hours
        since = window_start(now, hours / 60 if self.hours == "minutes" else hours)
        first, last = (since - (now - since), since) if self.before else (since, now)
        return Period(self.name, first, last, self.source, largest(hours, values.get("steps")))


def window_start(now: datetime, hours: float) -> datetime:
    """Where a window begins: on the microsecond up to a day, on an hour up to 8 days, else on a whole day.

    >>> window_start(datetime(2030, 1, 31, 12, 34, 56), 48)
    datetime.datetime(2030, 1, 29, 12, 0)
    """
    since = now - timedelta(microseconds=round(hours * 3.6e9))
    if hours <= 24:
        return since
    hour = since.replace(minute=0, second=0, microsecond=0)
    return hour if hours <= 192 else hour.replace(hour=0)


def largest(hours: float, steps: float | None) -> str:
    """The longest bucket of which a step is made: steps are whole minutes up to a day, then hours, then days.

    >>> largest(24, 60), largest(24, 24), largest(168, 60), largest(720, 60), largest(720, None)
    ('minute', 'hour', 'hour', 'day', 'day')
    """
    if steps is None or hours > 192:
        return "day"
    unit = 60 if hours <= 24 else 3600
    step = max(math.ceil(hours * 3600 / max(steps, 1) / unit) * unit, unit)
    return "day" if step % 86_400 == 0 else "hour" if step % 3600 == 0 else "minute"


class Query(Struct, frozen=True):
    """A named question. Some have no SQL: the answer is put together elsewhere."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    sql: str = ""
    windows: tuple[Window, ...] = ()

    def bind(self, given: Mapping[str, Any], now: datetime | None = None) -> dict[str, Any]:
        """Values for every parameter in the SQL; InvalidRequest for one that is unknown or wrong."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise errors.InvalidRequest(f"{self.name} has no parameter {_shown(name, known)}")
        values = {name: parameter.value(given.get(name)) for name, parameter in known.items()}
        moment = (now or codec.now()).astimezone(UTC).replace(tzinfo=None)
        if "$now" in self.sql:
            values["now"] = moment
        if self.windows:
            periods = [each.period(moment, values) for each in self.windows]
            # DuckDB refuses a value that the SQL does not name: how long a window is may be all it was for.
            values = {name: value for name, value in values.items() if f"${name}" in self.sql}
            values["pieces"] = periods
        return values


class Catalog(Struct, frozen=True):
    """All queries by name."""

    queries: dict[str, Query]

    def find(self, name: str) -> Query:
        """The query of this name; NotFound, with the nearest name, where there is none."""
        query = self.queries.get(name)
        if query is None:
            raise errors.NotFound(f"there is no query {_shown(name, self.queries)}")
        return query


def load(*more: Query) -> Catalog:
    """The queries of the folder, and those that are answered without SQL; ValueError for one name twice."""
    found = [*(parse(path.read_text(), path.name) for path in sorted(FOLDER.glob("*.sql"))), *more]
    names = [query.name for query in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two queries have one name: {max(names, key=names.count)}")
    return Catalog({query.name: query for query in sorted(found, key=lambda query: query.name)})


def parse(text: str, file: str) -> Query:
    r"""A query from the text of its file.

    >>> query = parse("-- name: ids\n-- doc: All.\n-- param: limit int 3 Rows.\nFROM tasks", "ids.sql")
    >>> query.name, query.bind({"limit": "7"})
    ('ids', {'limit': 7})
    """
    head = [line[3:].partition(": ") for line in text.splitlines() if line.startswith("-- ")]
    told = {word: rest for word, _, rest in head if word not in {"param", "period"}}
    parameters = tuple(_parameter(rest, file) for word, _, rest in head if word == "param")
    if told.get("name") != file.removesuffix(".sql"):
        raise ValueError(f"{file} is named {told.get('name')!r}")
    windows = tuple(_window(rest) for word, _, rest in head if word == "period")
    return Query(told["name"], told["doc"], parameters, text, windows)


def _window(line: str) -> Window:
    told, _, source = line.partition(" of ")
    name, hours, *before = told.split()
    return Window(name, float(hours) if hours.isdigit() else hours, before == ["before"], source or "tasks")


def _parameter(line: str, file: str) -> Parameter:
    name, told, default, doc = line.split(" ", 3)
    words = tuple(told.split("|")) if "|" in told else ()
    for known in TYPES:
        if known == ("text" if words else told):
            plain = Parameter(name, known, None, doc, words)
            return Parameter(name, known, None if default == "null" else plain.value(default), doc, words)
    raise ValueError(f"{file}: {name} is of no known type: {told}")


def _listed(words: tuple[str, ...]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"


def _shown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else "it takes none"
    )
    return f"{name[:80]!r}: {hint}"
