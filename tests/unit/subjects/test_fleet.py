"""What workers and supervisors say, taken together."""

from datetime import UTC, datetime, timedelta

from subjects.client.fleet import seen
from subjects.fleet import Place, Supervised
from subjects.kv import Entry
from subjects.messages import WorkerInfo

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def worker(id, state="running", silent=0.0, **figures):
    """A worker whose machine's clock is an hour wrong; the server's is not."""
    wrong = NOW - timedelta(hours=1)
    info = WorkerInfo(id, "host", 7, ["text.b", "text.a", "more.a"], 4, state, wrong, wrong, **figures)
    return Entry(id, info, 1, NOW - timedelta(seconds=silent))


def places(*own):
    kept = [Place(part, worker, state, NOW, None, restarts) for part, worker, state, restarts in own]
    return Entry("s-1", Supervised("host", 1, True, kept), 1, NOW)


def test_silence_makes_a_worker_frozen_whatever_its_clock_says():
    found = {one.id: one.state for one in seen([worker("w-1", silent=3), worker("w-2", silent=9)], [], NOW)}
    assert found == {"w-1": "alive", "w-2": "frozen"}


def test_a_drained_place_is_shown_and_the_place_of_a_living_worker_only_once():
    kept = places(("worker-2", "w-2", "drained", 3), ("worker-1", "w-1", "running", 0))
    found = seen([worker("w-1", "draining", completed=3, failed=1)], [kept], NOW)
    assert [(one.id, one.state, one.part) for one in found] == [
        ("w-1", "draining", "worker-1"),
        ("w-2", "drained", "worker-2"),
    ]
    assert (found[0].success_rate, found[0].queues, found[0].faults) == (75.0, ["more", "text"], True)
    assert (found[1].restarts, found[1].slots, found[1].completed) == (3, None, None)


def test_a_worker_that_starts_is_not_gone_and_one_without_supervisor_is_never_killed():
    kept = places(("worker-1", "w-1", "running", 0), ("worker-2", "w-2", "restarting", 1))
    found = seen([worker("w-9")], [kept], NOW)
    assert [(one.id, one.state) for one in found] == [("w-2", "restarting"), ("w-9", "alive")]
    assert found[1].faults is False


def test_a_process_that_is_there_and_silent_for_long_is_frozen_and_can_be_killed():
    kept = places(("worker-1", "w-1", "running", 0))
    [found] = seen([], [kept], NOW + timedelta(seconds=20))
    assert (found.state, found.part, found.faults) == ("frozen", "worker-1", True)
