"""What all rows are made from and of: a message's origin, a line of JSON, and the streams that are read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

LONGEST = 8192
"""Characters of a text that a row keeps."""

Small = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Origin(NamedTuple):
    """Where a message came from."""

    stream: str
    subject: str
    sequence: int
    stored_at: datetime


class Line(NamedTuple):
    """One row of one table; a later line with the same key takes the place of the earlier one."""

    table: str
    key: str | int
    json: bytes


Read = Callable[[Origin, bytes], Line]


class Source(Struct, frozen=True):
    """A stream that becomes rows."""

    stream: str
    filter: str
    consumer: str
    read: Read


def utc(moment: datetime) -> datetime:
    """A moment in UTC; one without a zone is taken for UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def cut(text: str | None) -> str | None:
    """As much of a text as a row keeps."""
    return None if text is None else text[:LONGEST]
