"""What is known of a memory besides its text, as a row of `live.memories`."""

import math
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from subjects import errors

YEARS = 253_402_300_799.0
"""The last second of the year 9999, since 1970."""


class MemoryPayload(Struct):
    """What is read of a memory: MessagePack, times in seconds since 1970."""

    text: str
    created: float
    kind: str = "note"
    tags: list[str] = []
    importance: float = 0.5
    expires: float = math.inf
    vector: bytes = b""


_memories = msgspec.msgpack.Decoder(MemoryPayload)
_ids = msgspec.msgpack.Decoder(list[str])


def memory(data: bytes) -> dict[str, Any]:
    """The columns that a message holds; InvalidInput where it is no memory.

    >>> memory(msgspec.msgpack.encode({"text": "caf\u00e9", "created": 0.0}))["text_bytes"]
    5
    """
    try:
        told = _memories.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.InvalidInput(f"no memory: {error}") from None
    return {
        "kind": told.kind,
        "tags": told.tags,
        "importance": told.importance,
        "text_bytes": len(told.text.encode()),
        "vector_bytes": len(told.vector),
        "created_at": _moment(told.created) or datetime.fromtimestamp(0, UTC).replace(tzinfo=None),
        "expires_at": _moment(told.expires),
    }


def forgotten(data: bytes) -> list[str]:
    """The ids in a mark of forgotten memories."""
    try:
        return _ids.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.InvalidInput(f"no list of ids: {error}") from None


def _moment(seconds: float) -> datetime | None:
    if not 0 <= seconds <= YEARS:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
