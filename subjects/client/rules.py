"""The rules of routing as they stand now, and changing them."""

import msgspec

from subjects import codec, errors, routing
from subjects.bus import Bus
from subjects.kv import Bucket
from subjects.routing import Routing

_decoder = msgspec.json.Decoder(Routing)


async def current(bus: Bus) -> Routing:
    """The rules that hold now; the built-in ones where nobody has changed them."""
    stored = await _bucket(bus).get(routing.KEY)
    return routing.DEFAULT if stored is None else stored


async def put(bus: Bus, rules: Routing) -> Routing:
    """Let these rules hold from now on; InvalidRequest where they make no sense. The last 20 are kept."""
    await _bucket(bus).put(routing.KEY, routing.checked(rules))
    return rules


def read(data: bytes) -> Routing:
    """JSON as rules; InvalidRequest with what does not fit."""
    try:
        return codec.decode(data, _decoder)
    except errors.InvalidInput as error:
        raise errors.InvalidRequest(error.message) from None


def _bucket(bus: Bus) -> "Bucket[Routing]":
    return Bucket(bus, routing.BUCKET, Routing)
