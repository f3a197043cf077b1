"""A statement of somebody's own for analytics, the answer, and statements that are kept under a name."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from subjects import errors, names

Format = Literal["json", "csv", "arrow"]
MEDIA: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
}

MOST_TEXT = 256 * 1024
"""Characters of one statement."""
MOST_SAVED = 500
BUCKET, KEY = "config", "sql"
"""Where the kept statements stand: one key for each, `sql.<name>`."""

TRUNCATED, TOOK, AS_OF = "Sql-Truncated", "Sql-Took-Ms", "Sql-As-Of"
"""Headers of an answer that is not JSON."""


class Statement(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One SELECT, or EXPLAIN of one."""

    sql: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]
    parameters: Annotated[
        dict[str, Any] | list[Any], Meta(description="Values for `$name`, or in order for `?`.")
    ] = {}
    rows: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="At most; never above the limit of the settings.")
    ] = None
    format: Format = "json"


class Answer(Struct, frozen=True):
    """Rows of a statement. Times are UTC."""

    columns: list[str]
    types: Annotated[list[str], Meta(description="DuckDB's types of the columns.")]
    rows: list[list[Any]]
    truncated: Annotated[str, Meta(description="Which limit cut it: rows or bytes; empty where it is whole.")]
    took_ms: float
    as_of: Annotated[datetime, Meta(description="Everything that was stored by then was looked at.")]


class Column(Struct, frozen=True):
    """A column of a table."""

    name: str
    type: str
    doc: str


class Relation(Struct, frozen=True):
    """A table or view that a statement may read."""

    name: str
    kind: Literal["table", "view"]
    doc: str
    rows: Annotated[int, Meta(description="Now.")]
    columns: list[Column]


class Saved(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A statement that is kept. `parameters` are what its `$names` are where a call says nothing else."""

    sql: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]
    doc: Annotated[str, Meta(max_length=1000)] = ""
    parameters: dict[str, Any] = {}


class Named(Struct, frozen=True, omit_defaults=True):
    """A kept statement with its name."""

    name: str
    sql: str
    doc: str = ""
    parameters: dict[str, Any] = {}
    saved_at: datetime | None = None


def place(name: str) -> str:
    """The key of a kept statement; InvalidId where it is no name.

    >>> place("slow-ones")
    'sql.slow-ones'
    """
    return f"{KEY}.{names.token(name)}"


def statement(kept: Saved | Named, given: dict[str, Any], rows: int | None, format: Format) -> Statement:
    """A kept statement as it is asked, with other values for some of its parameters.

    >>> kept = Saved("SELECT $most", parameters={"most": 3})
    >>> statement(kept, {"most": 5}, None, "json").parameters
    {'most': 5}
    """
    unknown = sorted(given.keys() - kept.parameters.keys())
    if unknown:
        known = ", ".join(kept.parameters) or "none"
        raise errors.InvalidRequest(f"{unknown[0][:80]!r} is no parameter of it; it takes {known}")
    return Statement(kept.sql, {**kept.parameters, **given}, rows, format)
