"""The truth: memories in their stream, written, read in order, overwritten when they are to be gone."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from functions.adapters.memory.entry import Body, encode
from subjects import names, streams
from subjects.bus import Bus, Record, Records

PAGE = 1000
AT_ONCE = 32
"""Messages that are written or overwritten at the same time."""
GRACE = 60
"""Seconds after its time that the server drops a memory. Workers overwrite it before, if one is there."""
MARKED = 86_400
"""Seconds that the ids of what was forgotten are kept, for workers that have not heard of it."""
IDS = 5000
"""Ids in one such message."""


class Log:
    """The stream MEMORIES."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._records = Records(bus, streams.STREAM_MEMORIES)

    async def write(self, entries: Sequence[tuple[str, str, Body]]) -> None:
        """Store memories (namespace, id, body); on disk when this returns."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(namespace: str, id: str, body: Body) -> None:
            left = body.expires - body.created
            headers = {"Nats-TTL": str(math.ceil(left) + GRACE)} if math.isfinite(left) else None
            async with room:
                await self._bus.store(names.memory(namespace, id), encode(body), headers)

        await asyncio.gather(*(one(*entry) for entry in entries))

    async def after(self, sequence: int) -> list[Record]:
        """What was stored after a sequence, a page of it: memories, and marks of forgotten ones."""
        return await self._records.range(">", sequence + 1, PAGE)

    async def more(self, sequence: int) -> bool:
        """Whether there is anything after a sequence, by the word of the stream's leader."""
        body = {"seq": sequence + 1, "next_by_subj": ">"}
        return "error" not in await self._bus.api(f"STREAM.MSG.GET.{self._records.stream}", body)

    async def read(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The bytes of memories by namespace and id, as they are right now; what is gone is left out."""
        found = await self._records.last_of_each([names.memory(*name) for name in wanted])
        named = [(names.parse_memory(record.subject), record.data) for record in found]
        return {(name.namespace, name.id): data for name, data in named}

    def scan(self, subject: str) -> AsyncIterator[Record]:
        """Every stored version of the memories that a subject takes."""
        return self._records.scan(subject, page=PAGE)

    async def mark(self, namespace: str, ids: Sequence[str]) -> None:
        """Tell all workers that these are forgotten."""
        for start in range(0, len(ids), IDS):
            body = msgspec.msgpack.encode(list(ids[start : start + IDS]))
            await self._bus.store(names.forgotten(namespace), body, {"Nats-TTL": str(MARKED)})

    async def erase(self, sequences: Iterable[int]) -> None:
        """Overwrite messages; about 4 ms each on the server, and those that are gone are passed over.

        A purge would be quicker, and leave every byte in the file.
        """
        left = iter(sequences)

        async def some() -> None:
            for sequence in left:
                await self._records.delete(sequence)

        await asyncio.gather(*(some() for _ in range(4)))
