"""What one task asks of the memory: store, query, forget. Implements `functions.ports.Memory`."""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from msgspec import structs

from functions.adapters.memory import entry, traces
from functions.adapters.memory.embedding import Embedder, Vectors
from functions.adapters.memory.recall import Recall
from functions.ports import Model
from functions.ports.memory import (
    Forget,
    Forgotten,
    MemoryQuery,
    Mode,
    NewMemory,
    Recalled,
    Recollection,
    Stored,
    StoredMemories,
    Why,
)
from subjects import codec, errors, names

if TYPE_CHECKING:
    from functions.adapters.memory.index import Hit, Index

log = structlog.get_logger()

GIVEN = "given"
"""The model of vectors that callers bring: they are compared with one another only."""
MOST_TEXT = 512 * 1024
"""Bytes of text in one answer, so that it always fits a result and never goes to the object store."""
LOOKS = 5


class TaskMemory:
    """The worker's memory, with the models of one task."""

    def __init__(self, recall: Recall, model: Model) -> None:
        self._recall = recall
        self._model = model

    async def store(self, memories: Sequence[NewMemory], mark: str) -> StoredMemories:
        """On disk when this returns; every worker finds them from then on."""
        now = codec.now()
        for memory in memories:
            if not memory.text.strip():
                raise errors.InvalidInput("the text of a memory has nothing but spaces")
        named = [
            (memory.namespace or "default", memory.id if memory.id is not None else made_id(mark, place))
            for place, memory in enumerate(memories)
        ]
        if len(set(named)) < len(named):
            raise errors.InvalidInput("two of the memories have the same id")
        await self._make_sure_of_room(named)
        vectors, semantic = await self._vectors(memories)
        entries = []
        for place, memory in enumerate(memories):
            model, vector = vectors[place]
            body = entry.Body(
                text=codec.text(memory.text, len(memory.text)),
                created=now.timestamp(),
                kind=memory.kind,
                tags=memory.tags,
                importance=memory.importance,
                expires=math.inf if memory.ttl is None else now.timestamp() + memory.ttl,
                source=codec.text(memory.source),
                model=model,
                vector=vector,
            )
            entries.append((*named[place], body))
        await self._recall.log.write(entries)
        # Now, and not at the next question: what these replace is to be overwritten.
        await self._recall.current()
        return StoredMemories([Stored(id, namespace, now) for namespace, id, _ in entries], semantic)

    async def query(self, wanted: MemoryQuery) -> Recalled:
        """The best memories; their texts are read from the stream as they are right now."""
        begun = time.monotonic()
        if not wanted.query.strip():
            raise errors.InvalidInput("the query has nothing but spaces")
        asked = await self._asked(wanted)
        index = await self._recall.current()
        model, vector = ("", None) if asked is None else (asked.model, asked.vectors[0])
        semantic = vector is not None and index.embedded(model) > 0
        if wanted.mode == "semantic" and not semantic:
            raise errors.NoModel("no memory can be found by meaning here: there are no vectors of this model")
        if vector is not None and index.dimension(model) not in (None, len(vector)):
            raise errors.InvalidInput(
                f"the vector has {len(vector)} dimensions, those of {model} {index.dimension(model)}"
            )
        mode: Mode = "keyword"
        if semantic:
            mode = "semantic" if wanted.mode == "semantic" else "both"
        found, truncated = await self._found(index, wanted, mode, asked)
        return Recalled(
            memories=found,
            semantic=semantic,
            mode=mode,
            took_ms=round((time.monotonic() - begun) * 1000, 3),
            indexed=len(index.columns),
            unembedded=len(index.columns) - index.embedded(model),
            truncated=truncated,
        )

    async def forget(self, what: Forget) -> Forgotten:
        """Hidden from every question first, then overwritten: in the stream, and in answers that are kept."""
        if not (what.ids or what.tags or what.before is not None or what.everything):
            raise errors.InvalidInput("name what to forget: ids, tags, before, or everything")
        wanted = entry.Filter(
            namespace=what.namespace,
            tags=what.tags,
            until=None if what.before is None else what.before.timestamp(),
        )
        sequences: list[int] = []
        gone: set[traces.Name] = set()
        for subject in [names.any_memory(what.namespace, id) for id in what.ids or (None,)]:
            async for record in self._recall.log.scan(subject):
                name = names.parse_memory(record.subject)
                if _fits(record.data, name, wanted):
                    sequences.append(record.sequence)
                    gone.add((name.namespace, name.id))
        for namespace in {namespace for namespace, _ in gone}:
            await self._recall.log.mark(namespace, [id for own, id in gone if own == namespace])
        await self._recall.current()
        await self._recall.log.erase(sequences)
        outcomes = await traces.erase(self._recall.bus, gone) if gone else 0
        return Forgotten(len(gone), outcomes)

    async def _make_sure_of_room(self, named: Sequence[tuple[str, str]]) -> None:
        """Refuse what would make a namespace too large. Stores at the same moment are not seen here."""
        columns = (await self._recall.current()).columns
        coming = Counter(namespace for namespace, id in named if (namespace, id) not in columns.rows)
        for namespace, count in coming.items():
            if columns.counts[namespace] + count > self._recall.most:
                raise errors.Refused(
                    f"namespace {namespace} holds {columns.counts[namespace]} memories, and no more than "
                    f"{self._recall.most}: forget some, or let them expire"
                )

    async def _vectors(self, memories: Sequence[NewMemory]) -> tuple[list[tuple[str, bytes]], bool]:
        """For each memory the model and its vector as half floats, and whether all have one."""
        found: list[tuple[str, bytes]] = [("", b"")] * len(memories)
        index = await self._recall.current()
        for place, memory in enumerate(memories):
            if memory.vector is not None:
                size = len(memory.vector)
                if index.dimension(GIVEN) not in (None, size):
                    raise errors.InvalidInput(
                        f"the vector has {size} dimensions, those stored before {index.dimension(GIVEN)}"
                    )
                found[place] = (GIVEN, entry.half_floats(memory.vector))
        if len({len(vector) for model, vector in found if model == GIVEN}) > 1:
            raise errors.InvalidInput("the vectors have different dimensions")
        embedder = self._recall.embedder(self._model)
        bare = [place for place, memory in enumerate(memories) if memory.vector is None]
        if embedder is not None and bare:
            made = await embedder.embed([memories[place].text for place in bare])
            for place, vector in zip(bare, made.vectors, strict=True):
                found[place] = (made.model, entry.half_floats(vector))
        return found, all(model for model, _ in found)

    async def _asked(self, wanted: MemoryQuery) -> Vectors | None:
        if wanted.mode == "keyword":
            return None
        if wanted.vector is not None:
            entry.half_floats(wanted.vector)
            return Vectors(GIVEN, [wanted.vector])
        embedder: Embedder | None = self._recall.embedder(self._model)
        if embedder is None:
            return None
        try:
            return await embedder.embed([wanted.query])
        except errors.RevoError as error:
            if wanted.mode == "semantic":
                raise
            # Words alone are better than no answer; it says that it is not semantic.
            log.warning("query not embedded", code=error.code)
            return None

    async def _found(
        self, index: "Index", wanted: MemoryQuery, mode: Mode, asked: Vectors | None
    ) -> tuple[list[Recollection], bool]:
        for _ in range(LOOKS):
            hits = [hit for hit in _search(index, wanted, mode, asked) if hit.score >= wanted.min_score]
            texts = await self._recall.log.read([index.columns.names[hit.row] for hit in hits])
            missing = [hit.row for hit in hits if index.columns.names[hit.row] not in texts]
            if not missing:
                return _shown(index, hits, texts)
            # Taken out of the stream by other hands, or just expired.
            for row in missing:
                index.drop(row)
        return [], False


def made_id(mark: str, place: int) -> str:
    """The id of a memory that was given none: the same again for a repeat of the same task."""
    return f"m-{hashlib.sha256(f'{mark}/{place}'.encode()).hexdigest()[:24]}"


def _fits(data: bytes, name: names.MemoryName, wanted: entry.Filter) -> bool:
    try:
        return entry.facts(name.namespace, name.id, entry.read(data)).fit(wanted)
    except errors.RevoError:
        # What nobody can read goes with everything, and with its id.
        return not wanted.tags and wanted.until is None


def _search(index: "Index", wanted: MemoryQuery, mode: Mode, asked: Vectors | None) -> "list[Hit]":
    from functions.adapters.memory.codes import unit  # noqa: PLC0415 - numpy, and an index is there already
    from functions.adapters.memory.index import Asked  # noqa: PLC0415

    own = entry.Filter(
        namespace=wanted.namespace,
        kind=wanted.kind,
        tags=wanted.tags,
        since=None if wanted.since is None else wanted.since.timestamp(),
        until=None if wanted.until is None else wanted.until.timestamp(),
    )
    question = Asked(own, wanted.limit, time.time(), wanted.half_life)
    if mode != "semantic":
        question = structs.replace(question, text=wanted.query)
    if mode != "keyword" and asked is not None:
        question = structs.replace(question, vector=unit(asked.vectors[0]), model=asked.model)
    return index.search(question)


def _shown(
    index: "Index", hits: "list[Hit]", texts: dict[tuple[str, str], bytes]
) -> tuple[list[Recollection], bool]:
    found: list[Recollection] = []
    size = 0
    for hit in hits:
        namespace, id = index.columns.names[hit.row]
        body = entry.read(texts[namespace, id])
        size += len(body.text.encode())
        if size > MOST_TEXT and found:
            return found, True
        found.append(
            Recollection(
                id=id,
                namespace=namespace,
                text=body.text,
                kind=body.kind,
                tags=body.tags,
                importance=body.importance,
                created_at=codec.from_ns(int(body.created * 1e9)),
                score=round(hit.score, 6),
                source=body.source,
                why=Why(_rounded(hit.keyword), _rounded(hit.semantic), round(hit.decay, 6)),
            )
        )
    return found, False


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
