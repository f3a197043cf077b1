"""Outcomes of tasks that show a memory: they are overwritten with it."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from subjects import errors, names, streams
from subjects.bus import Bus, Records

QUEUE = "perfect_recall"


class _Outcome(Struct):
    output: Raw = Raw(b"null")


_decoder = msgspec.json.Decoder(_Outcome)
Name = tuple[str, str]


async def erase(bus: Bus, gone: set[Name]) -> int:
    """Overwrite the kept results of this queue that name one of these memories; how many there were.

    Reads all of the queue's results, about 15,000 a second.
    """
    records = Records(bus, streams.STREAM_RESULTS)
    erased = 0
    namespaces = {b'"%s"' % namespace.encode() for namespace, _ in gone}
    async for record in records.scan(f"result.{names.token(QUEUE)}.>"):
        if any(name in record.data for name in namespaces) and not gone.isdisjoint(_shown(record.data)):
            erased += await records.delete(record.sequence)
    return erased


def _shown(data: bytes) -> set[Name]:
    try:
        return set(_named(msgspec.json.decode(_decoder.decode(data).output)))
    except (msgspec.DecodeError, errors.RevoError):
        return set()


def _named(value: Any) -> Iterator[Name]:
    if isinstance(value, dict):
        own = (value.get("namespace"), value.get("id"))
        if isinstance(own[0], str) and isinstance(own[1], str):
            yield own[0], own[1]
        for part in value.values():
            yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)
