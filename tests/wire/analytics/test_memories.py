"""Memories are counted in memory alone: what is forgotten is gone there, and never was on the disk."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from analytics import service
from subjects import names


@pytest.fixture
def remember(bus):
    """Stores a memory as perfect_recall does."""

    async def store(id: str, text: str = "a secret text", namespace: str = "ops", **more: object) -> int:
        body = msgspec.msgpack.encode({"text": text, "created": 1.0, "tags": ["hidden-tag"], **more})
        return (await bus.store(names.memory(namespace, id), body)).sequence

    return store


@pytest.fixture
def swept(monkeypatch):
    """Memories whose time is over are taken out at every look."""
    monkeypatch.setattr("analytics.ingest.memories.SWEEP", 0.0)


async def until(store, sql: str, rows: list[list[object]]) -> None:
    found = None
    try:
        async with asyncio.timeout(30):
            while found != rows:
                found = (await store.query(sql)).rows
    except TimeoutError:
        assert found == rows


def files_with(place: Path, word: bytes) -> list[str]:
    return [str(file) for file in place.rglob("*") if file.is_file() and word in file.read_bytes()]


async def test_a_memory_is_a_row_without_its_text(store, remember):
    sequence = await remember("m-1", "café", kind="fact", importance=0.9, vector=b"1234")
    await until(
        store,
        "SELECT id, namespace, kind, tags, importance, text_bytes, vector_bytes, stream_seq "
        "FROM live.memories",
        [["m-1", "ops", "fact", ["hidden-tag"], 0.9, 5, 4, sequence]],
    )


async def test_what_is_replaced_forgotten_or_over_is_no_row_any_more(swept, store, bus, remember):
    for id in ("m-1", "m-2", "m-3"):
        await remember(id)
    await remember("m-4", expires=2.0)
    await until(store, "SELECT id FROM live.memories ORDER BY id", [["m-1"], ["m-2"], ["m-3"]])
    await remember("m-3", "longer than before")
    await bus.store(names.forgotten("ops"), msgspec.msgpack.encode(["m-1", "m-3"]))
    await bus.store(names.memory("ops", "m-9"), b"no memory")
    await remember("m-3", "again")
    await until(store, "SELECT id, text_bytes FROM live.memories ORDER BY id", [["m-2", 13], ["m-3", 5]])


async def test_nothing_of_a_memory_is_ever_in_the_file_or_in_parquet(settings, bus, remember, client):
    async with service.running(settings) as store:
        await remember("m-hidden")
        await until(store, "SELECT id FROM live.memories", [["m-hidden"]])
        await store.export()
        assert (await client.query("memories"))["rows"][0][:3] == ["ops", "note", 1]
    for word in (b"m-hidden", b"hidden-tag", b"a secret text"):
        assert not [file for file in files_with(settings.file.parent, word) if "jetstream" not in file], word
