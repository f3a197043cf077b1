"""A project is cut alike every time, into parts of about the same weight."""

from hypothesis import given
from hypothesis import strategies as st

from functions.engines.team import shards
from functions.sources import Entry, Sources


def project(sizes):
    return Sources(tuple(Entry(f"{place}.py", size) for place, size in enumerate(sizes)), ())


@given(st.lists(st.integers(0, 100_000), max_size=200), st.integers(1, 60))
def test_every_file_is_in_one_part(sizes, size):
    found = project(sizes)
    parts = shards(found, size)
    assert sorted(name for part in parts for name in part) == sorted(found.names)
    assert all(parts)
    assert parts == shards(found, size)


def test_one_large_file_does_not_share_its_part_with_many():
    parts = shards(project([1_000_000, *[1000] * 99]), 50)
    assert sorted(len(part) for part in parts) == [1, 99]
