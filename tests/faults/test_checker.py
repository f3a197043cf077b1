"""The checker catches every fault that is planted: without this, a green run says nothing."""

from collections.abc import Callable

import pytest
from msgspec import structs

from tests.faults.checker import Event, Final, Outcome, Report, Row, check

History = list[Event]
Rows = list[Row]
Run = tuple[History, Final, Rows]


def healthy() -> Run:
    """Four tasks: one quick, one that failed, one canceled, one started twice because its worker died."""
    history = [
        Event(1.0, "submit", "a", "invoke", states=("completed",), value="4", most=4),
        Event(1.1, "submit", "a"),
        Event(1.2, "run", "a", attempt=1),
        Event(1.3, "read", "a", value="whole-a"),
        Event(2.0, "submit", "b", "invoke", states=("failed",), value="", most=2),
        Event(2.1, "submit", "b"),
        Event(2.2, "run", "b", attempt=1),
        Event(2.3, "run", "b", attempt=2),
        Event(3.0, "submit", "c", "invoke", states=("completed",), value="9", most=4),
        Event(3.1, "submit", "c"),
        Event(3.2, "cancel", "c", "invoke"),
        Event(3.3, "cancel", "c", "ok"),
        Event(4.0, "submit", "d", "invoke", states=("completed",), value="16", most=1),
        Event(4.1, "submit", "d", "info"),
        Event(4.2, "run", "d", attempt=1),
        Event(4.3, "kill", by="worker-1"),
        Event(4.4, "run", "d", attempt=1),
        Event(5.0, "submit", "e", "invoke", states=("completed",), value="25", most=1),
        Event(5.1, "submit", "e", "info"),
    ]
    results = (
        Outcome(1, "a", "completed", "4", 1, "whole-a", 1.3),
        Outcome(2, "b", "failed", "", 2, "whole-b", 2.4),
        Outcome(3, "c", "canceled", "", 0, "whole-c", 3.3),
        Outcome(4, "d", "completed", "16", 1, "whole-d", 4.5),
    )
    rows = [Row(one.sequence, one.id, one.state) for one in results]
    return history, Final(results, ("b",), 0), rows


def judged(run: Run) -> Report:
    return check(*run)


def with_results(run: Run, change: Callable[[list[Outcome]], list[Outcome]]) -> Run:
    """The run with other results; the rows follow them, so that only the planted fault is there."""
    history, final, _ = run
    results = tuple(change(list(final.results)))
    following = [Row(one.sequence, one.id, one.state) for one in results]
    return history, structs.replace(final, results=results), following


def changed(place: int, **fields: object) -> Callable[[list[Outcome]], list[Outcome]]:
    def change(results: list[Outcome]) -> list[Outcome]:
        results[place] = structs.replace(results[place], **fields)
        return results

    return change


def test_a_run_that_kept_every_promise_has_no_violations():
    report = judged(healthy())
    assert report.violations == ()
    assert report.figures["acknowledged"] == 3
    assert report.figures["extra starts"] == 1


def lost(run: Run) -> Run:
    return with_results(run, lambda results: results[1:])


def twice(run: Run) -> Run:
    return with_results(run, lambda results: [*results, structs.replace(results[0], sequence=9)])


def two_different(run: Run) -> Run:
    return with_results(
        run,
        lambda results: [*results, structs.replace(results[0], sequence=9, state="failed", whole="other")],
    )


def foreign(run: Run) -> Run:
    return with_results(run, lambda results: [*results, Outcome(9, "zz", "completed", "1", 1, "w", 9.0)])


def wrong_value(run: Run) -> Run:
    return with_results(run, changed(0, value="5"))


def wrong_state(run: Run) -> Run:
    return with_results(run, changed(1, state="completed"))


def canceled_unasked(run: Run) -> Run:
    return with_results(run, changed(0, state="canceled"))


def cancellation_ignored(run: Run) -> Run:
    history, final, rows = with_results(run, changed(2, state="completed", value="9"))
    return [*history, Event(3.25, "run", "c")], final, rows


def too_many_attempts(run: Run) -> Run:
    return with_results(run, changed(1, attempts=3))


def started_without_end(run: Run) -> Run:
    history, final, rows = run
    return [*history, *(Event(6.0 + place, "run", "a") for place in range(9))], final, rows


def never_started(run: Run) -> Run:
    history, final, rows = run
    return [event for event in history if (event.op, event.id) != ("run", "a")], final, rows


def read_otherwise(run: Run) -> Run:
    history, final, rows = run
    return [*history, Event(1.35, "read", "a", value="another")], final, rows


def read_and_gone(run: Run) -> Run:
    history, final, rows = run
    return [*history, Event(6.0, "read", "e", value="was there")], final, rows


def row_missing(run: Run) -> Run:
    history, final, rows = run
    return history, final, rows[:-1]


def row_twice(run: Run) -> Run:
    history, final, rows = run
    return history, final, [*rows, rows[0]]


def row_of_nothing(run: Run) -> Run:
    history, final, rows = run
    return history, final, [*rows, Row(77, "ghost", "completed")]


def row_with_another_state(run: Run) -> Run:
    history, final, rows = run
    return history, final, [structs.replace(rows[0], state="failed"), *rows[1:]]


def no_dead_letter(run: Run) -> Run:
    history, final, rows = run
    return history, structs.replace(final, dead=()), rows


def left_over(run: Run) -> Run:
    history, final, rows = run
    return history, structs.replace(final, queued=1), rows


PLANTED: list[tuple[Callable[[Run], Run], str]] = [
    (lost, "P1"),
    (twice, "P2"),
    (two_different, "P2"),
    (foreign, "P3"),
    (wrong_value, "P4"),
    (wrong_state, "P4"),
    (canceled_unasked, "P4"),
    (cancellation_ignored, "P4"),
    (too_many_attempts, "P5"),
    (started_without_end, "P5"),
    (never_started, "P6"),
    (read_otherwise, "P7"),
    (read_and_gone, "P7"),
    (row_missing, "P8"),
    (row_twice, "P8"),
    (row_of_nothing, "P8"),
    (row_with_another_state, "P8"),
    (no_dead_letter, "P8"),
    (left_over, "P9"),
]


@pytest.mark.parametrize(("plant", "broken"), PLANTED, ids=lambda value: getattr(value, "__name__", value))
def test_a_planted_fault_is_caught(plant: Callable[[Run], Run], broken: str):
    assert broken in judged(plant(healthy())).broken


def test_every_property_has_a_planted_fault():
    assert {broken for _, broken in PLANTED} == {f"P{number}" for number in range(1, 10)}
