"""How far each stream has been read, and how a reader that is behind comes along."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from analytics import rows
from analytics.catalog import Query
from analytics.computed import Computed
from analytics.ingest.reader import Reader
from analytics.store import Store, Table
from subjects.bus import Bus, Records

POSITIONS = Query(
    "positions",
    "How far each stream has been read, how far behind that is; while catching up, how fast and how long.",
)
COLUMNS = ["stream", "sequence", "last_sequence", "behind", "stored_at", "rows_per_s", "seconds_left"]


class Positions:
    """Answers the question."""

    def __init__(self, bus: Bus, store: Store, readers: Sequence[Reader]) -> None:
        self._bus = bus
        self._store = store
        self._readers = {reader.name: reader for reader in readers}
        self.computed = Computed(POSITIONS, self._positions)

    async def _positions(self, values: Mapping[str, Any]) -> Table:
        del values
        known = (await self._store.query("SELECT stream, sequence, stored_at FROM positions")).rows
        read = {stream: (sequence, stored_at) for stream, sequence, stored_at in known}
        now = asyncio.get_running_loop().time()
        found = []
        for source in rows.SOURCES:
            state = (await Records(self._bus, source.stream).info())["state"]
            sequence, stored_at = read.get(source.stream, (0, None))
            progress = self._readers[source.consumer].pace.progress(now)
            speed = (None, None) if progress is None else (progress.rows_per_s, progress.seconds_left)
            behind = state["last_seq"] - sequence
            found.append([source.stream, sequence, state["last_seq"], behind, stored_at, *speed])
        return Table(COLUMNS, found)
