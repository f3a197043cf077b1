"""The index alone: what is found, and that it is what an exact comparison of all would find."""

import numpy as np
import pytest

from functions.adapters.memory import entry
from functions.adapters.memory.codes import Space, unit
from functions.adapters.memory.entry import Body, Filter
from functions.adapters.memory.index import Asked, Hit, Index

NOW = 1_000_000.0


def add(index: Index, id: str, text: str, sequence: int = 1, namespace: str = "n", **facts: object) -> None:
    body = Body(text=text, created=facts.pop("created", NOW), **facts)
    index.add(entry.facts(namespace, id, body), body, sequence)


def found(index: Index, text: str, **filter: object) -> list[str]:
    asked = Asked(Filter(**filter), limit=10, now=NOW, half_life=1e9, text=text)
    return [index.columns.names[hit.row][1] for hit in index.search(asked)]


def by_vector(index: Index, vector: np.ndarray, model: str) -> list[Hit]:
    return index.search(Asked(Filter(), 10, NOW, 1e9, vector=unit(vector), model=model))


def test_the_text_with_the_rarer_word_comes_first():
    index = Index()
    for number in range(20):
        add(index, f"c{number}", f"the common word number {number}")
    add(index, "rare", "the common word zebra")
    assert found(index, "common zebra")[0] == "rare"
    assert found(index, "nowhere to be seen") == []


def test_each_filter_keeps_what_fits_and_nothing_else():
    index = Index()
    add(index, "a", "red fox", namespace="one", kind="fact", tags=["x", "y"], created=NOW - 100)
    add(index, "b", "red fox", namespace="two", kind="note", tags=["x"], created=NOW)
    assert found(index, "fox", namespace="one") == ["a"]
    assert found(index, "fox", kind="note") == ["b"]
    assert found(index, "fox", tags=["x", "y"]) == ["a"]
    assert sorted(found(index, "fox", tags=["x"])) == ["a", "b"]
    assert found(index, "fox", since=NOW - 50) == ["b"]
    assert found(index, "fox", until=NOW - 50) == ["a"]
    assert found(index, "fox", namespace="three") == found(index, "fox", tags=["z"]) == []


def test_a_memory_of_the_same_name_takes_the_place_of_the_old_one():
    index = Index()
    add(index, "a", "the old text", sequence=3)
    body = Body(text="the new words", created=NOW)
    assert index.add(entry.facts("n", "a", body), body, 7) == 3
    assert found(index, "old") == []
    assert found(index, "new") == ["a"]
    assert len(index.columns) == 1


def test_what_has_expired_is_told_once_and_what_was_replaced_never():
    index = Index()
    add(index, "a", "soon gone", expires=NOW + 1)
    add(index, "b", "replaced", expires=NOW + 1)
    add(index, "b", "replaced, for ever now")
    assert index.columns.expired(NOW) == []
    assert [index.columns.names[row][1] for row in index.columns.expired(NOW + 1)] == ["a"]
    assert index.columns.expired(NOW + 2) == []


def test_what_matters_more_and_what_is_younger_stands_higher():
    index = Index()
    add(index, "old", "same words", created=NOW - 3e9)
    add(index, "young", "same words")
    add(index, "dear", "same words", importance=1.0)
    assert found(index, "same words") == ["dear", "young", "old"]


def test_vectors_of_two_models_are_never_compared():
    index = Index()
    add(index, "a", "x", model="one", vector=entry.half_floats([1.0, 0.0]))
    add(index, "b", "x", model="two", vector=entry.half_floats([1.0, 0.0]))
    assert [index.columns.names[hit.row][1] for hit in by_vector(index, np.ones(2), "one")] == ["a"]
    assert by_vector(index, np.ones(2), "three") == []


def test_a_dropped_memory_leaves_no_vector():
    space = Space(4)
    space.add(0, unit([1.0, 1, 1, 1]))
    space.drop(0)
    assert len(space) == 0
    assert not space._vectors.view.any()
    assert not any(column.view.any() for column in space._codes)


def clustered(random: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    """Points around centres, as sentences are around topics."""
    centres = random.standard_normal((count // 50, dimension))
    noise = random.standard_normal((count, dimension))
    return (centres[random.integers(0, len(centres), count)] + 0.7 * noise).astype(np.float32)


@pytest.mark.parametrize("alike", [True, False], ids=["clustered", "random"])
def test_ten_nearest_are_those_of_an_exact_comparison(alike: bool):
    random = np.random.default_rng(5)
    made = clustered(random, 6_000, 128) if alike else random.standard_normal((6_000, 128))
    vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    space = Space(128)
    for row, vector in enumerate(vectors[:-40]):
        space.add(row, vector)
    mask = np.ones(len(vectors) - 40, dtype=np.bool_)
    mask[::7] = False
    same = 0
    for asked in vectors[-40:]:
        exact = np.where(mask, vectors[:-40] @ asked, -2)
        same += len(set(space.nearest(asked, mask, 10).rows.tolist()) & set(np.argsort(-exact)[:10].tolist()))
    assert same >= 0.98 * 400


def test_no_number_on_the_way_becomes_twice_as_wide():
    random = np.random.default_rng(5)
    index = Index()
    for number in range(5000):
        vector = entry.half_floats(random.standard_normal(64).tolist())
        add(index, f"m{number}", f"word{number % 100} text", model="m", vector=vector)
    space = index._spaces["m"]
    near = space.nearest(unit(random.standard_normal(64)), np.ones(5000, dtype=np.bool_), 10)
    assert near.cosines.dtype == np.float32
    assert index._postings.scores("word7 text").dtype == np.float32


@pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [1e200, 1e200]])
def test_a_vector_without_a_direction_is_refused(vector: list[float]):
    if vector[0] == 1e200:
        assert len(entry.half_floats(vector)) == 4
        return
    with pytest.raises(entry.errors.InvalidInput):
        entry.half_floats(vector)
