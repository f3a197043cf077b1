"""What a queue and the whole are called."""

import msgspec
import pytest

from analytics.status.rules import Recent, Seen, Whole, health, overview, queue_state, queue_status, unserved
from subjects import codec

QUIET = Seen("security", workers=1)
FAILING = Recent(judged=10, success_rate=49.0)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "idle"),
        ({"running": 1}, "processing"),
        ({"queued": 1}, "processing"),
        ({"queued": 49}, "processing"),
        ({"queued": 50}, "overloaded"),
        ({"queued": 50, "paused": True, "workers": 0}, "stopped"),
        ({"queued": 50, "workers": 0}, "offline"),
        ({"recent": FAILING}, "error"),
        ({"recent": Recent(judged=9, success_rate=0.0)}, "idle"),
        ({"recent": Recent(judged=10, success_rate=50.0)}, "idle"),
        ({"queued": 1, "stalled": 11.0}, "error"),
    ],
)
def test_a_queue_is_called_what_it_is(changes, state):
    assert queue_state(msgspec.structs.replace(QUIET, **changes)) == state


@pytest.mark.parametrize(
    ("whole", "queue", "expected"),
    [
        ({}, {}, "healthy"),
        ({"workers": 0}, {"workers": 0}, "unknown"),
        ({}, {"queued": 50}, "stressed"),
        ({"unclaimed": 1}, {}, "degraded"),
        ({}, {"queued": 1, "workers": 0}, "degraded"),
        ({}, {"queued": 1, "workers": 0, "paused": True}, "healthy"),
        ({}, {"recent": FAILING}, "degraded"),
        ({"error_rate": 5.0, "judged": 10}, {}, "degraded"),
        ({"error_rate": 100.0, "judged": 9}, {}, "healthy"),
    ],
)
def test_the_whole_is_as_healthy_as_its_parts(whole, queue, expected):
    seen = msgspec.structs.replace(QUIET, **queue)
    assert health(Whole(**{"workers": 1, **whole}), [seen]) == expected


def test_numbers_are_sums_over_queues():
    whole = Whole(workers=2, unclaimed=3, dead_letters=4, throughput=5.0, error_rate=1.0)
    queues = [Seen("a", workers=1, queued=2, running=1), Seen("b", queued=7)]
    told = overview(whole, queues, codec.now())
    assert (told.queued, told.running, told.unserved, told.dead_letters) == (12, 1, 10, 4)
    assert unserved(whole, queues) == 10


def test_a_status_names_twenty_tasks_at_most():
    seen = Seen("a", workers=1, running=30, current=tuple(f"t-{number}" for number in range(30)))
    assert len(queue_status(seen, codec.now()).current) == 20
