"""What is stored is found by every worker, lives as long as it was given, is gone when it is forgotten."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from functions.adapters.memory.remember import TaskMemory
from functions.ports.memory import Forget, MemoryQuery, NewMemory
from subjects import codec, errors, streams
from subjects.bus import Bus, Records

Make = Callable[..., TaskMemory]


async def texts(memory: TaskMemory, query: str, **wanted: object) -> list[str]:
    return [own.text for own in (await memory.query(MemoryQuery(query=query, **wanted))).memories]


async def test_what_one_worker_stored_another_finds_at_once(memory: Make):
    one, other = memory(), memory()
    assert await texts(other, "fox") == []
    for number in range(30):
        await one.store([NewMemory(text=f"fox number{number}")], f"t{number}")
        assert await texts(other, f"number{number}") == [f"fox number{number}"]
    assert await texts(memory(), "number7") == ["fox number7"]


async def test_long_texts_are_all_there_though_a_page_of_them_is_short(memory: Make):
    one, long = memory(), "x " * 32_000
    await one.store([NewMemory(text=f"{long}number{number}") for number in range(140)], "t1")
    found = await memory().query(MemoryQuery(query="number139"))
    assert (found.indexed, len(found.memories)) == (140, 1)
    assert (await one.query(MemoryQuery(query="x", limit=100))).truncated


async def test_a_leader_is_asked_whether_there_is_more(memory: Make):
    log = memory()._recall.log
    assert not await log.more(0)
    await memory().store([NewMemory(text="one")], "t1")
    assert await log.more(0)
    assert not await log.more(1)


async def test_the_same_mark_again_is_the_same_memory(memory: Make, bus: Bus):
    one = memory()
    first = await one.store([NewMemory(text="once"), NewMemory(text="twice")], "task-1")
    again = await one.store([NewMemory(text="once"), NewMemory(text="twice")], "task-1")
    assert [own.id for own in first.stored] == [own.id for own in again.stored]
    assert (await one.query(MemoryQuery(query="once"))).indexed == 2


async def test_a_full_namespace_refuses_what_is_new_and_takes_what_replaces(memory: Make):
    one = memory(most=3)
    await one.store([NewMemory(text=f"fox {id}", id=id) for id in "abc"], "t1")
    with pytest.raises(errors.Refused, match="holds 3 memories"):
        await one.store([NewMemory(text="one too many")], "t2")
    await one.store([NewMemory(text="better", id="a")], "t3")
    await one.store([NewMemory(text="elsewhere", namespace="other")], "t4")
    await one.forget(Forget(namespace="default", ids=["b"]))
    await one.store([NewMemory(text="now there is room")], "t5")
    with pytest.raises(errors.Refused):
        await memory(most=3).store([NewMemory(text="x"), NewMemory(text="y")], "t6")


async def test_a_memory_that_is_replaced_is_overwritten_on_the_disk(
    memory: Make, tmp_path: Path, files_with: Callable[[Path, bytes], list[str]]
):
    one = memory()
    await one.store([NewMemory(text="the pin is 4711-alpha", id="pin")], "t1")
    assert files_with(tmp_path, b"4711-alpha")
    await one.store([NewMemory(text="the pin is 1234-omega", id="pin")], "t2")
    await one._recall.close()
    assert not files_with(tmp_path, b"4711-alpha")
    assert await texts(memory(), "pin") == ["the pin is 1234-omega"]


async def test_a_memory_is_overwritten_when_its_time_is_over(
    memory: Make, bus: Bus, tmp_path: Path, files_with: Callable[[Path, bytes], list[str]]
):
    one = memory()
    await one.store([NewMemory(text="short lived", ttl=1), NewMemory(text="short and lasting")], "t1")
    assert len(await texts(one, "short")) == 2
    assert files_with(tmp_path, b"short lived")
    records = Records(bus, streams.STREAM_MEMORIES)
    async with asyncio.timeout(30):
        while (await records.info())["state"]["messages"] > 1:
            pass
    assert not files_with(tmp_path, b"short lived")
    assert await texts(one, "short") == await texts(memory(), "short") == ["short and lasting"]
    await one._recall.close()


async def test_forgetting_takes_what_fits_all_that_is_named(memory: Make):
    one, other = memory(), memory()
    await one.store(
        [
            NewMemory(text="red fox", namespace="a", tags=["x"], id="1"),
            NewMemory(text="red fox again", namespace="a", tags=["x", "y"], id="2"),
            NewMemory(text="red fox elsewhere", namespace="b", tags=["x"], id="1"),
        ],
        "t1",
    )
    assert len(await texts(other, "fox")) == 3
    assert (await one.forget(Forget(namespace="a", tags=["y"]))).forgotten == 1
    assert (await one.forget(Forget(before=codec.now() - timedelta(hours=1)))).forgotten == 0
    assert sorted(await texts(other, "fox")) == ["red fox", "red fox elsewhere"]
    assert (await one.forget(Forget(ids=["1"], namespace="b"))).forgotten == 1
    assert await texts(other, "fox") == ["red fox"]
    assert (await other.forget(Forget(everything=True))).forgotten == 1
    assert await texts(one, "fox") == await texts(memory(), "fox") == []


async def test_an_id_can_be_used_again_after_it_was_forgotten(memory: Make):
    one, other = memory(), memory()
    await one.store([NewMemory(text="first life", id="cat")], "t1")
    await one.forget(Forget(ids=["cat"]))
    await one.store([NewMemory(text="second life", id="cat")], "t2")
    assert await texts(other, "life") == await texts(one, "life") == ["second life"]


async def test_what_others_took_out_of_the_stream_is_not_shown(memory: Make, bus: Bus):
    one = memory()
    await one.store([NewMemory(text="red fox", id="a"), NewMemory(text="red dog", id="b")], "t1")
    assert len(await texts(one, "red")) == 2
    await Records(bus, streams.STREAM_MEMORIES).purge("mem.default.a")
    assert await texts(one, "red") == ["red dog"]


async def test_with_a_model_a_memory_is_found_by_both_and_each_score_says_why(memory: Make, embeds: type):
    one = memory(embeds())
    stored = await one.store([NewMemory(text="red fox"), NewMemory(text="blue sea")], "t1")
    assert stored.semantic
    found = await one.query(MemoryQuery(query="red fox"))
    assert (found.semantic, found.mode, found.unembedded) == (True, "both", 0)
    best = found.memories[0]
    assert best.text == "red fox"
    assert best.why.semantic == pytest.approx(1.0, abs=0.001)
    assert best.score == pytest.approx((best.why.keyword + best.why.semantic) / 2 * best.why.decay, abs=1e-4)
    by_words = await one.query(MemoryQuery(query="red fox", mode="keyword"))
    assert (by_words.semantic, by_words.memories[0].why.semantic) == (False, None)


async def test_another_model_sees_no_vectors_of_the_first_and_says_so(memory: Make, embeds: type):
    await memory(embeds("one")).store([NewMemory(text="red fox")], "t1")
    other = memory(embeds("two", 32))
    found = await other.query(MemoryQuery(query="red fox"))
    assert (found.semantic, found.mode, found.unembedded, len(found.memories)) == (False, "keyword", 1, 1)
    with pytest.raises(errors.NoModel):
        await other.query(MemoryQuery(query="red fox", mode="semantic"))


async def test_vectors_that_callers_bring_are_compared_with_one_another(memory: Make):
    one = memory()
    items = [NewMemory(text="north", vector=[0, 1]), NewMemory(text="east", vector=[1, 0])]
    assert (await one.store(items, "t1")).semantic
    found = await one.query(MemoryQuery(query="where", vector=[0.9, 0.1], mode="semantic"))
    assert [own.text for own in found.memories] == ["east", "north"]
    with pytest.raises(errors.InvalidInput, match="3 dimensions"):
        await one.store([NewMemory(text="up", vector=[0, 0, 1])], "t2")
    with pytest.raises(errors.InvalidInput, match="3 dimensions"):
        await one.query(MemoryQuery(query="where", vector=[0, 0, 1]))
    with pytest.raises(errors.InvalidInput, match="finite"):
        await one.store([NewMemory(text="nan", vector=[float("nan"), 1])], "t3")


async def test_a_message_of_strangers_in_the_stream_harms_nobody(memory: Make, bus: Bus):
    await bus.store("mem.default.odd", b"\xff not a memory")
    await bus.store("forgot.default", b"neither")
    one = memory()
    await one.store([NewMemory(text="red fox")], "t1")
    assert await texts(one, "fox") == ["red fox"]
    assert (await one.forget(Forget(everything=True))).forgotten == 2
