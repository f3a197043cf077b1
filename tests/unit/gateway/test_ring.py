"""The newest messages of a stream, bounded."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.fanout.ring import Item, Ring


def item(sequence, size=2):
    return Item(sequence, "event.q.f.i.log", b"x" * size)


@given(st.sets(st.integers(1, 500), max_size=200), st.integers(1, 50), st.integers(0, 500))
def test_what_it_gives_is_complete_or_it_gives_nothing(stored, most, after):
    ring = Ring(most, 10_000)
    for sequence in sorted(stored):
        ring.push(item(sequence))
    wanted = [sequence for sequence in sorted(stored) if sequence > after]
    found = ring.after(after, 1000)
    assert found is None or [each.sequence for each in found] == wanted
    if len(wanted) < most and after >= ring.floor:
        assert found is not None


def test_it_never_holds_more_than_it_may():
    ring = Ring(1000, 100)
    for sequence in range(1, 1000):
        ring.push(item(sequence, size=30))
    assert [each.sequence for each in ring.after(ring.floor, 1000)] == [997, 998, 999]
    assert ring.floor == 996
    assert ring.after(995, 10) is None


def test_one_message_larger_than_the_bound_is_kept_alone():
    ring = Ring(10, 100)
    ring.push(item(1))
    ring.push(item(2, size=5000))
    assert [each.sequence for each in ring.after(1, 10)] == [2]


def test_after_a_reset_only_what_follows_is_here():
    ring = Ring(10, 1000)
    ring.push(item(7))
    ring.reset(0)
    assert ring.after(0, 10) == []
    assert not ring.holds(7)
    ring.push(item(1))
    assert ring.holds(1)
