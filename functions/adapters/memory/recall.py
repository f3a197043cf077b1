"""The memory of one worker: an index that catches up with the stream before each answer.

    recall = Recall(bus, MemorySettings())
    memory = TaskMemory(recall, model)       # implements functions.ports.Memory
    await memory.store([NewMemory(text="The staging database is read-only on Fridays.")], mark="task-1")

No consumer, no state on disk: one read of what is new, about 0.2 ms, and this worker knows what any other
one stored before. The first question reads the whole stream.
"""

import asyncio
import os
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import structlog

from functions.adapters.memory import entry, log
from functions.adapters.memory.embedding import Embedder, LocalEmbedder, ModelEmbedder
from functions.ports import Model
from functions.settings import MemorySettings
from subjects import errors, names
from subjects.bus import Bus, Record

if TYPE_CHECKING:
    from functions.adapters.memory.index import Index

logger = structlog.get_logger()

LONGEST_SLEEP = 3600.0
PATIENCE = 100
"""Looks at a follower that is behind, 10 ms apart."""
BREATH = 0.02
"""Seconds of indexing after which the loop may do something else."""


class Recall:
    """What the tasks of a worker share: stream and index. Nothing happens before the first question."""

    def __init__(self, bus: Bus, settings: MemorySettings) -> None:
        self.bus = bus
        self.log = log.Log(bus)
        self._settings = settings
        self._index: Index | None = None
        self._applied = 0
        self._turn = asyncio.Lock()
        self._replaced: set[int] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._local = None if settings.directory is None else LocalEmbedder(settings.directory)

    async def close(self) -> None:
        """Let what is being overwritten end."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    @property
    def most(self) -> int:
        """Memories that one namespace may hold."""
        return self._settings.most

    def embedder(self, model: Model) -> Embedder | None:
        """Where a task's vectors come from; None where there are none."""
        if self._local is not None:
            return self._local
        return ModelEmbedder(model) if self._settings.embedding == "auto" and model.embeds else None

    async def current(self) -> "Index":
        """The index, with all that was stored before this call."""
        async with self._turn:
            index = await self._opened()
            # A page may be short because its texts are long: only an empty one is the end.
            while page := await self._next():
                await self._take(index, page)
            for row in index.columns.expired(time.time()):
                self._replaced.add(index.columns.sequences[row])
                index.drop(row)
            self._expect(index.columns.next_expiry)
        if self._replaced:
            gone, self._replaced = self._replaced, set()
            self._spawn(self.log.erase(gone))
        return index

    async def _next(self) -> list[Record]:
        page = await self.log.after(self._applied)
        if page or self.bus.settings.replicas == 1:
            return page
        # A follower answered, and it may be behind its leader.
        for _ in range(PATIENCE):
            if not await self.log.more(self._applied):
                break
            if page := await self.log.after(self._applied):
                break
            await asyncio.sleep(0.01)
        return page

    async def _opened(self) -> "Index":
        if self._index is None:
            # Several worker processes share the cores: more threads for each only get in each other's way.
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
            from functions.adapters.memory.index import Index  # noqa: PLC0415 - loads numpy

            self._index = Index()
        return self._index

    async def _take(self, index: "Index", page: list[Record]) -> None:
        begun = time.monotonic()
        for record in page:
            try:
                self._apply(index, record)
            except errors.RevoError as error:
                logger.warning("memory unreadable", subject=record.subject, code=error.code)
            self._applied = record.sequence
            if time.monotonic() - begun > BREATH:
                await asyncio.sleep(0)
                begun = time.monotonic()

    def _apply(self, index: "Index", record: Record) -> None:
        if record.subject.startswith("forgot."):
            namespace = record.subject.partition(".")[2]
            for id in entry.read_ids(record.data):
                row = index.columns.rows.get((namespace, id))
                if row is not None:
                    index.drop(row)
            return
        if "Nats-Marker-Reason" in record.headers:
            return
        name = names.parse_memory(record.subject)
        body = entry.read(record.data)
        replaced = index.add(entry.facts(name.namespace, name.id, body), body, record.sequence)
        if replaced is not None:
            self._replaced.add(replaced)

    def _expect(self, expiry: float | None) -> None:
        """Look again when the next memory's time is over."""
        if self._timer is not None:
            self._timer.cancel()
        if expiry is not None:
            wait = min(LONGEST_SLEEP, max(0.0, expiry - time.time()))
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wait, lambda: self._spawn(self.current()))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        async def quietly() -> None:
            try:
                await work
            except errors.RevoError as error:
                logger.warning("memory not overwritten", code=error.code, error=error.message)

        task = asyncio.create_task(quietly(), name="memory overwrite")
        self._background.add(task)
        task.add_done_callback(self._background.discard)
