"""Where to begin: what the file knows of a stream, compared with what the stream is now."""

from datetime import datetime

import msgspec
import structlog

from analytics.rows import Source
from analytics.store import Position, Store
from subjects import codec
from subjects.bus import Bus, Records

log = structlog.get_logger()


async def align(bus: Bus, store: Store, source: Source) -> Position:
    """Where to go on reading: the file's position, or what is left of it where the stream is not what it was.

    A stream made anew is read from its beginning. A server that died may have forgotten the last messages
    of a stream and given their numbers to others: those are told by their time.
    """
    records = Records(bus, source.stream)
    info = await records.info()
    epoch = codec.stream_stamp(datetime.fromisoformat(info["created"]))
    known = await store.position(source.stream)
    position = known or Position(source.stream, epoch)
    if position.epoch != epoch:
        position = Position(source.stream, epoch)
    elif position.sequence:
        last = await _last_read(records, source, position, info["state"])
        position = msgspec.structs.replace(position, sequence=min(position.sequence, last))
    if position != known:
        await store.move(position)
        if known is not None:
            log.warning("stream changed", stream=source.stream, was=known.sequence, now=position.sequence)
    return position


async def _last_read(records: Records, source: Source, position: Position, state: dict[str, int]) -> int:
    """The last sequence that was stored no later than the message at the position."""
    there = await records.at(position.sequence)
    if there is None or position.stored_at is None or there.stored_at != position.stored_at:
        low, high = state["first_seq"], state["last_seq"] + 1
        while low < high:
            middle = (low + high) // 2
            record = await records.next(source.filter, middle)
            if record is None or (position.stored_at is not None and record.stored_at > position.stored_at):
                high = middle
            else:
                low = record.sequence + 1
        return low - 1
    return position.sequence
