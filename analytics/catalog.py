"""The questions analytics answers: one SQL file each, with its name, what it tells and takes at the top.

    -- name: slowest
    -- doc: The tasks that took longest.
    -- param: hours float 24 How far back to look.

A parameter stands in the SQL as `$hours`. Its default is a value, or `null` for "not asked for". `$now` is
the time of the question, in UTC without a zone, and is never given.
"""

import difflib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from subjects import codec, errors

FOLDER = Path(__file__).with_name("queries")

Type = Literal["text", "int", "float", "time"]
TYPES: tuple[Type, ...] = ("text", "int", "float", "time")
MOST = 10_000_000
"""Largest number that a parameter takes, of hours, minutes or rows."""


class Parameter(Struct, frozen=True):
    """One thing that a query can be told."""

    name: str
    type: Type
    default: str | float | None
    doc: str

    def value(self, given: Any) -> Any:
        """`given` as DuckDB takes it; InvalidRequest where it is not of this type."""
        if given is None:
            return self.default
        if self.type == "text" and isinstance(given, str | int) and not isinstance(given, bool):
            # A command line reads `id=7` as a number.
            return str(given)
        if self.type == "time" and isinstance(given, str):
            return self._time(given)
        if self.type in ("int", "float"):
            return self._number(given)
        raise self._wrong(given)

    def _number(self, given: Any) -> int | float:
        kind = int if self.type == "int" else float
        try:
            number = kind(given)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(given) from None
        if isinstance(given, bool) or number != float(given) or not 0 <= number <= MOST:
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
            "text": "a text",
            "time": "a time such as 2030-01-31T12:00:00Z",
            "int": f"a whole number from 0 to {MOST}",
            "float": f"a number from 0 to {MOST}",
        }
        return errors.InvalidRequest(f"{self.name} is {wanted[self.type]}, not {str(given)[:80]!r}")


class Query(Struct, frozen=True):
    """A named question. Some have no SQL: the answer is put together elsewhere."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    sql: str = ""

    def bind(self, given: Mapping[str, Any], now: datetime | None = None) -> dict[str, Any]:
        """Values for every parameter in the SQL; InvalidRequest for one that is unknown or wrong."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise errors.InvalidRequest(f"{self.name} has no parameter {_shown(name, known)}")
        values = {name: parameter.value(given.get(name)) for name, parameter in known.items()}
        if "$now" in self.sql:
            values["now"] = (now or codec.now()).astimezone(UTC).replace(tzinfo=None)
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
    told = {word: rest for word, _, rest in head if word != "param"}
    parameters = tuple(_parameter(rest, file) for word, _, rest in head if word == "param")
    if told.get("name") != file.removesuffix(".sql"):
        raise ValueError(f"{file} is named {told.get('name')!r}")
    return Query(told["name"], told["doc"], parameters, text)


def _parameter(line: str, file: str) -> Parameter:
    name, type, default, doc = line.split(" ", 3)
    for known in TYPES:
        if type == known:
            plain = Parameter(name, known, None, doc)
            return Parameter(name, known, None if default == "null" else plain.value(default), doc)
    raise ValueError(f"{file}: {name} is of no known type: {type}")


def _shown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else "it takes none"
    )
    return f"{name[:80]!r}: {hint}"
