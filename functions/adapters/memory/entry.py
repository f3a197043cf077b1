"""A memory as it stands in its stream: MessagePack under `mem.<namespace>.<id>`."""

import math
import struct
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from subjects import errors

encode = msgspec.msgpack.Encoder().encode


class Body(Struct, frozen=True, omit_defaults=True):
    """The message. Times are seconds since 1970; `vector` holds half floats, made by `model`."""

    text: str
    created: float
    kind: str = "note"
    tags: list[str] = []
    importance: float = 0.5
    expires: float = float("inf")
    source: str = ""
    model: str = ""
    vector: bytes = b""


class Filter(Struct, frozen=True):
    """Which memories are asked about. `tags`: all of them. Times are seconds since 1970."""

    namespace: str | None = None
    kind: str | None = None
    tags: Sequence[str] = ()
    since: float | None = None
    until: float | None = None


class Facts(Struct, frozen=True):
    """What is known of a memory besides its text."""

    namespace: str
    id: str
    kind: str
    tags: Sequence[str]
    importance: float
    created: float
    expires: float

    def fit(self, wanted: Filter) -> bool:
        """Whether this memory is among those asked about."""
        return (
            wanted.namespace in (None, self.namespace)
            and wanted.kind in (None, self.kind)
            and set(wanted.tags) <= set(self.tags)
            and (wanted.since is None or self.created >= wanted.since)
            and (wanted.until is None or self.created <= wanted.until)
        )


_decoder = msgspec.msgpack.Decoder(Body)


def read(data: bytes) -> Body:
    """The memory in a message; InvalidInput where somebody else wrote something else there."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.InvalidInput(f"no memory: {error}") from None


def facts(namespace: str, id: str, body: Body) -> Facts:
    """What is known of a memory besides its text."""
    return Facts(namespace, id, body.kind, body.tags, body.importance, body.created, body.expires)


def read_ids(data: bytes) -> list[str]:
    """The ids in a mark of forgotten memories."""
    try:
        return msgspec.msgpack.decode(data, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.InvalidInput(f"no list of ids: {error}") from None


def half_floats(vector: Sequence[float]) -> bytes:
    """A vector at length one, as half floats; InvalidInput where it has none.

    >>> half_floats([3.0, 4.0]).hex()
    'cd38663a'
    """
    length = math.hypot(*vector)
    if not math.isfinite(length) or length == 0.0:
        raise errors.InvalidInput("a vector has finite numbers, and not all of them 0")
    return struct.pack(f"<{len(vector)}e", *(float(value) / length for value in vector))
