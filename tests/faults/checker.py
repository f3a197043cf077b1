"""Judges a run by what was written down of it: a pure function, to be tested, and run again on a copy.

P1  every acknowledged submission has exactly one outcome        P5  attempts and starts are bounded
P2  no id has two outcomes                                       P6  what completed was started
P3  nothing has an outcome that was never submitted              P7  an outcome once read never changes
P4  outcomes are the ones that the task can have                 P8  rows and dead letters equal the stream
                                                                 P9  nothing is left in the queue
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct


class Event(Struct, frozen=True, omit_defaults=True):
    """One line of the history. `t` is wall clock seconds.

    `invoke` of a submission carries what may come of it; `info` means nobody knows whether it was stored.
    """

    t: float
    op: Literal["submit", "cancel", "run", "read", "kill", "start"]
    id: str = ""
    outcome: Literal["invoke", "ok", "fail", "info"] = "ok"
    by: str = ""
    states: tuple[str, ...] = ()
    value: str = ""
    most: int = 1
    attempt: int = 0


class Outcome(Struct, frozen=True):
    """One message of the stream of results. `value` is the digest of its output, `whole` that of all."""

    sequence: int
    id: str
    state: str
    value: str
    attempts: int
    whole: str
    finished: float


class Final(Struct, frozen=True):
    """What the streams hold when all is quiet."""

    results: tuple[Outcome, ...]
    dead: tuple[str, ...]
    queued: int


class Row(Struct, frozen=True):
    """One row of the table of tasks."""

    sequence: int
    id: str
    state: str


class Report(Struct, frozen=True):
    """Empty `violations` mean that every promise was kept. The figures are for people."""

    violations: tuple[str, ...]
    figures: dict[str, float | int | str]

    @property
    def broken(self) -> set[str]:
        """The properties that were violated."""
        return {violation.partition(" ")[0] for violation in self.violations}


def check(history: Iterable[Event], final: Final, rows: Sequence[Row]) -> Report:
    """The verdict."""
    seen = _Seen(history)
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in final.results:
        outcomes[outcome.id].append(outcome)
    wrong = [
        *_one_each(seen, outcomes),
        *_possible(seen, outcomes),
        *_bounded(seen, outcomes),
        *_stable(seen, outcomes),
        *_rows(final, rows),
    ]
    if final.queued:
        wrong.append(f"P9 {final.queued} messages are left in the queue")
    return Report(tuple(wrong), _figures(seen, outcomes))


class _Seen:
    """The history by id."""

    def __init__(self, history: Iterable[Event]) -> None:
        self.submitted: dict[str, Event] = {}
        self.acknowledged: dict[str, float] = {}
        self.cancel_asked: set[str] = set()
        self.canceled: set[str] = set()
        self.runs: Counter[str] = Counter()
        self.reads: dict[str, set[str]] = defaultdict(set)
        self.kills: Counter[str] = Counter()
        for event in sorted(history, key=lambda event: event.t):
            self._take(event)

    def _take(self, event: Event) -> None:
        match event.op, event.outcome:
            case "submit", "invoke":
                self.submitted[event.id] = event
            case "submit", "ok":
                self.acknowledged.setdefault(event.id, event.t)
            case "cancel", "invoke":
                self.cancel_asked.add(event.id)
            case "cancel", "ok":
                self.canceled.add(event.id)
            case "run", _:
                self.runs[event.id] += 1
            case "read", _:
                self.reads[event.id].add(event.value)
            case "kill", _:
                self.kills[event.by] += 1
            case _:
                pass


Found = Iterable[str]
ById = dict[str, list[Outcome]]


def _one_each(seen: _Seen, outcomes: ById) -> Found:
    for id in seen.acknowledged:
        if not outcomes.get(id):
            yield f"P1 {id} was acknowledged and has no outcome"
    for id, found in outcomes.items():
        if len(found) > 1:
            yield f"P2 {id} has {len(found)} outcomes: {', '.join(one.state for one in found)}"
        if id not in seen.submitted:
            yield f"P3 {id} has an outcome and was never submitted"


def _possible(seen: _Seen, outcomes: ById) -> Found:
    for id, found in outcomes.items():
        wanted = seen.submitted.get(id)
        if wanted is None:
            continue
        for one in found:
            allowed = {*wanted.states, *(["canceled"] if id in seen.cancel_asked else [])}
            if one.state not in allowed:
                yield f"P4 {id} is {one.state}; it can only be {' or '.join(sorted(allowed))}"
            if one.state == "completed" and one.value != wanted.value:
                yield f"P4 {id} completed with another value than it must"
            if id in seen.canceled and one.state != "canceled":
                yield f"P4 {id} is {one.state}, though its cancellation was acknowledged"


def _bounded(seen: _Seen, outcomes: ById) -> Found:
    # Each death of a process can cost every task one more start, and no attempt.
    deaths = sum(seen.kills.values())
    for id, found in outcomes.items():
        wanted = seen.submitted.get(id)
        if wanted is None:
            continue
        for one in found:
            if one.attempts > wanted.most:
                yield f"P5 {id} took {one.attempts} attempts of {wanted.most}"
            if one.state == "completed" and not seen.runs[id]:
                yield f"P6 {id} completed and never started"
        if seen.runs[id] > wanted.most + deaths:
            yield f"P5 {id} was started {seen.runs[id]} times"


def _stable(seen: _Seen, outcomes: ById) -> Found:
    for id, read in seen.reads.items():
        stored = {one.whole for one in outcomes.get(id, [])}
        if read != stored:
            yield f"P7 {id} was read as {len(read | stored)} different outcomes"


def _rows(final: Final, rows: Sequence[Row]) -> Found:
    stored = Counter((one.sequence, one.id, one.state) for one in final.results)
    written = Counter((row.sequence, row.id, row.state) for row in rows)
    for sequence, id, state in stored - written:
        yield f"P8 {id} ({state}, sequence {sequence}) has no row"
    for sequence, id, state in written - stored:
        yield f"P8 the row of {id} ({state}, sequence {sequence}) stands for no outcome"
    failed = {one.id for one in final.results if one.state == "failed"}
    for id in failed - set(final.dead):
        yield f"P8 {id} failed and left no dead letter"


def _figures(seen: _Seen, outcomes: ById) -> dict[str, float | int | str]:
    waits = sorted(
        (found[0].finished - seen.acknowledged[id], id)
        for id, found in outcomes.items()
        if id in seen.acknowledged
    )
    states = Counter(one.state for found in outcomes.values() for one in found)
    extra = sum(
        max(0, seen.runs[id] - max(1, found[0].attempts)) for id, found in outcomes.items() if seen.runs[id]
    )
    figures: dict[str, float | int | str] = {
        "submitted": len(seen.submitted),
        "acknowledged": len(seen.acknowledged),
        "extra starts": extra,
        "reads": sum(len(read) for read in seen.reads.values()),
        **{f"{state}": count for state, count in sorted(states.items())},
        **{f"kills of {part}": count for part, count in sorted(seen.kills.items())},
    }
    if waits:
        figures["p50 seconds"] = round(waits[len(waits) // 2][0], 3)
        figures["p99 seconds"] = round(waits[len(waits) * 99 // 100][0], 3)
        figures["longest seconds"] = round(waits[-1][0], 1)
        figures["longest id"] = waits[-1][1]
        figures["above 5 s"] = sum(wait > 5 for wait, _ in waits)
    return figures
