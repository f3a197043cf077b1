"""Statements of one's own, asked of analytics; and those that are kept under a name."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from subjects import codec, errors, names, sql
from subjects.bus import Bus
from subjects.client.refusal import raised
from subjects.kv import Bucket
from subjects.sql import Column, Named, Relation, Saved, Statement

LONGER = 15.0
"""Seconds that an answer may take: for its turn, a fresh copy of the rows, and the statement."""


class _Schema(Struct, frozen=True):
    rows: list[tuple[str, Literal["table", "view"], str, int, list[Column]]]


_schema = msgspec.json.Decoder(_Schema)


class Told(Struct, frozen=True):
    """An answer as it came: JSON with everything in it, or bytes of another format with headers."""

    data: bytes
    headers: dict[str, str]


async def ask(bus: Bus, statement: Statement, within: float = LONGER) -> Told:
    """What analytics answers; InvalidRequest with DuckDB's own words where the statement is wrong."""
    message = await bus.request(names.SQL, codec.encode(statement), within)
    raised(message)
    wanted = (sql.TRUNCATED, sql.TOOK, sql.AS_OF)
    return Told(message.data, {name: (message.headers or {}).get(name, "") for name in wanted})


async def schema(bus: Bus, within: float = LONGER) -> list[Relation]:
    """The tables and views that a statement may read."""
    message = await bus.request(names.query("schema"), b"{}", within)
    raised(message)
    return [Relation(*row) for row in codec.decode(message.data, _schema).rows]


async def listed(bus: Bus) -> list[Named]:
    """Every kept statement, by name."""
    entries = await _bucket(bus).entries(f"{sql.KEY}.*")
    found = [_named(own.key, own.value, own.at) for own in entries if own.value is not None]
    return sorted(found, key=lambda own: own.name)


async def kept(bus: Bus, name: str) -> Named:
    """One of them; NotFound where there is none of this name."""
    entry = await _bucket(bus).entry(sql.place(name))
    if entry is None or entry.value is None:
        raise errors.NotFound(f"no statement is kept as {name!r}")
    return _named(entry.key, entry.value, entry.at)


async def keep(bus: Bus, name: str, saved: Saved) -> Named:
    """Keep a statement, or change it. The last 20 forms of it stay readable."""
    known = await listed(bus)
    if len(known) >= sql.MOST_SAVED and all(own.name != name for own in known):
        raise errors.Overloaded(f"{sql.MOST_SAVED} statements are kept; delete one first")
    await _bucket(bus).put(sql.place(name), saved)
    return await kept(bus, name)


async def forget(bus: Bus, name: str) -> None:
    """Keep it no longer; NotFound where there is none."""
    await kept(bus, name)
    await _bucket(bus).delete(sql.place(name))


def _named(key: str, saved: Saved, at: datetime) -> Named:
    return Named(key.partition(".")[2], saved.sql, saved.doc, saved.parameters, at)


def _bucket(bus: Bus) -> "Bucket[Saved]":
    return Bucket(bus, sql.BUCKET, Saved)
