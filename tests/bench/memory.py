"""A memory of many: how soon a question is answered, how near to exact, beside a scan of DuckDB."""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psutil

from functions.adapters.memory.codes import unit
from functions.adapters.memory.embedding import Embedder, LocalEmbedder, Vectors
from functions.adapters.memory.entry import Body, Filter, half_floats
from functions.adapters.memory.index import Asked
from functions.adapters.memory.recall import Recall
from functions.adapters.memory.remember import TaskMemory
from functions.adapters.no_model import WithoutModel
from functions.ports import Model
from functions.ports.memory import Forget, MemoryQuery, NewMemory
from functions.settings import MemorySettings
from infra import server, topology
from infra.server import ServerSettings
from subjects.bus import Bus
from subjects.settings import NatsSettings
from tests.bench import corpus
from tests.bench.corpus import Floats
from tests.bench.figures import percentile

HELD_OUT = 500
"""Texts that are asked about and not stored."""
FORGOTTEN = 200


class _Asked(Recall):
    """A memory with a given source of vectors."""

    source: Embedder | None = None

    def embedder(self, model: Model) -> Embedder | None:
        return self.source


class _AtHand:
    """Vectors that were made before: what a query costs besides its embedding."""

    def __init__(self, model: str, known: dict[str, Floats]) -> None:
        self._model, self._known = model, known

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return Vectors(self._model, [self._known[text] for text in texts])  # type: ignore[misc]


async def measure(count: int, queries: int) -> dict[str, float]:
    """All figures of a memory of `count`."""
    own = corpus.model()
    said = corpus.texts(count + HELD_OUT)
    vectors = await asyncio.to_thread(corpus.vectors, said, own)
    model = "made up" if own is None else own.name
    kept, asked = said[:count], said[count:]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = ServerSettings(state=place / "nats", port=0, durability="process")
        async with server.running(settings) as nats, Bus.open(NatsSettings(url=nats.url)) as bus:
            await topology.apply(bus)
            before = psutil.Process().memory_info().rss
            recall = _Asked(bus, MemorySettings())
            recall.source = _AtHand(model, dict(zip(said, vectors, strict=True)))
            memory = TaskMemory(recall, WithoutModel())
            figures = {"real": float(own is not None)}
            figures["store_s"] = count / await _store(recall, kept, vectors, model)
            started = time.perf_counter()
            index = await recall.current()
            figures["rebuild_s"] = time.perf_counter() - started
            figures["rss_mb"] = (psutil.Process().memory_info().rss - before) / (1 << 20)
            for mode in ("keyword", "semantic", "both"):
                figures |= await _times(mode, memory, asked, queries, mode)
            if own is not None:
                recall.source = LocalEmbedder(Path(os.environ["REVOAGENT_EMBEDDING"]))
                figures |= await _times("embedded", memory, asked, queries, "both")
            # In a thread: a loop that stands still for long loses its connection.
            figures["recall"] = await asyncio.to_thread(_recall, index, vectors, model, queries)
            figures |= await _forgetting(memory)
        figures |= await asyncio.to_thread(_scan, place, vectors, queries // 10)
    return figures


async def _store(recall: Recall, kept: list[str], vectors: Floats, model: str) -> float:
    """Seconds to put them into the stream."""
    now = time.time()
    entries = [
        ("default", f"m{place}", Body(text=text, created=now, model=model, vector=half_floats(vector)))
        for place, (text, vector) in enumerate(zip(kept, vectors[: len(kept)], strict=True))
    ]
    started = time.perf_counter()
    for start in range(0, len(entries), 1000):
        await recall.log.write(entries[start : start + 1000])
    return time.perf_counter() - started


async def _times(
    name: str, memory: TaskMemory, asked: list[str], queries: int, mode: Any
) -> dict[str, float]:
    """p50 and p99 of whole queries in milliseconds: catch up, embed, search, read the texts.

    Also of the processor time that this process had for them, which a busy machine does not change much.
    """
    took: list[float] = []
    used: list[float] = []
    for place in range(queries + 20):
        query = MemoryQuery(query=asked[place % len(asked)], mode=mode)
        started, before = time.perf_counter(), time.process_time()
        await memory.query(query)
        took.append((time.perf_counter() - started) * 1000)
        used.append((time.process_time() - before) * 1000)
    # The first ones load code and fill caches.
    figures = {f"{name}_p{percent}": percentile(took[20:], percent) for percent in (50, 99)}
    return figures | {f"{name}_cpu_p{percent}": percentile(used[20:], percent) for percent in (50, 99)}


def _recall(index: Any, vectors: Floats, model: str, queries: int) -> float:
    """Share of the exact ten nearest that the index finds."""
    count = len(vectors) - HELD_OUT
    held = vectors[count:][:queries]
    same = 0
    for vector in held:
        exact = set(np.argpartition(-(vectors[:count] @ vector), 10)[:10].tolist())
        hits = index.search(Asked(Filter(), 10, time.time(), 1e12, vector=unit(vector), model=model))
        same += len(exact & {hit.row for hit in hits})
    return same / (10 * len(held))


async def _forgetting(memory: TaskMemory) -> dict[str, float]:
    """Milliseconds for each of some memories to be overwritten."""
    items = [NewMemory(text="to be forgotten soon", namespace="gone") for _ in range(FORGOTTEN)]
    memory._recall.source = None  # type: ignore[attr-defined]
    await memory.store(items, "bench")
    started = time.perf_counter()
    await memory.forget(Forget(namespace="gone", everything=True))
    return {"forget_ms": (time.perf_counter() - started) * 1000 / FORGOTTEN}


def _scan(place: Path, vectors: Floats, queries: int) -> dict[str, float]:
    """The same question to DuckDB: the cosine of every row, the best ten."""
    connection = duckdb.connect(str(place / "scan.duckdb"), config={"threads": 2})
    size = vectors.shape[1]
    connection.execute(f"CREATE TABLE memories (id INTEGER, vector FLOAT[{size}])")
    count = len(vectors) - HELD_OUT
    for start in range(0, count, 5000):
        flat = vectors[start : min(start + 5000, count)].ravel()
        columns = {"place": np.arange(len(flat)), "number": flat}
        connection.register("given", columns)
        connection.execute(
            f"INSERT INTO memories SELECT {start} + place // {size}, "
            f"list(number ORDER BY place)::FLOAT[{size}] FROM given GROUP BY place // {size}"
        )
    took = []
    for vector in vectors[count:][: max(3, queries)]:
        started = time.perf_counter()
        cosine = f"array_cosine_similarity(vector, ?::FLOAT[{size}])"
        connection.execute(f"SELECT id FROM memories ORDER BY {cosine} DESC LIMIT 10", [vector.tolist()])
        connection.fetchall()
        took.append((time.perf_counter() - started) * 1000)
    connection.close()
    return {"scan_p50": percentile(took, 50), "scan_p99": percentile(took, 99)}
