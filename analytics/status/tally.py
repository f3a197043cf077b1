"""Outcomes since DuckDB was asked last: whether they make or mend an error, known as soon as they are stored.

The figures of a status are DuckDB's, and asking for them costs too much to do at each outcome. Counting does
not. So the count says when to ask, and the answer says what is so.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from analytics.status.rules import BAD, DEGRADED, ENOUGH, Recent, Whole
from analytics.store import Batch
from subjects import codec

Kind = Literal["queue", "agent", "whole"]
Key = tuple[Kind, str]
WHOLE: Key = ("whole", "")
RECENT = timedelta(minutes=5)
"""Older outcomes turn nothing: they are read when a file is filled anew."""


class Count(Struct, frozen=True):
    """Outcomes that say something, and how many of them were good."""

    judged: int = 0
    good: float = 0.0

    def __add__(self, other: "Count") -> "Count":
        """Both together."""
        return Count(self.judged + other.judged, self.good + other.good)


NOTHING = Count()


class _Outcome(Struct, frozen=True):
    queue: str
    state: str
    finished_at: datetime
    agent: str | None = None


_decoder = msgspec.json.Decoder(_Outcome)


class Tally:
    """Counts outcomes as they are stored; calls `ring` when a verdict is no longer that of the figures."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._known: dict[Key, Count] = {}
        self._since: dict[Key, Count] = {}
        self.turned = False

    def take(self, batch: Batch) -> None:
        """Count what was stored."""
        from_then = codec.now() - RECENT
        touched: set[Key] = set()
        for line in batch.lines.get("tasks", {}).values():
            own = _decoder.decode(line)
            if own.finished_at.replace(tzinfo=UTC) > from_then:
                touched.update(self._add(own))
        self._judge(touched)

    def asking(self) -> None:
        """DuckDB is about to be asked: its answer holds all that was counted until now."""
        self._since = {}
        self.turned = False

    def learn(self, queues: Mapping[str, Recent], agents: Mapping[str, Recent], whole: Whole) -> None:
        """Go on counting from figures. What came while they were made may be in them, or not."""
        self._known = {("queue", name): _count(recent) for name, recent in queues.items()}
        self._known.update((("agent", name), _count(recent)) for name, recent in agents.items())
        self._known[WHOLE] = Count(whole.judged, whole.judged * (1 - (whole.error_rate or 0.0) / 100))
        self._judge(self._since)

    def _judge(self, touched: Iterable[Key]) -> None:
        for key in touched:
            known = self._known.get(key, NOTHING)
            if bad(key, known + self._since[key]) != bad(key, known):
                self.turned = True
                self._ring()
                return

    def _add(self, own: _Outcome) -> list[Key]:
        keys: list[Key] = []
        if own.state != "canceled":
            keys.append(WHOLE)
            if own.agent is not None:
                keys.append(("agent", own.agent))
        if own.state in ("completed", "failed"):
            keys.append(("queue", own.queue))
        for key in keys:
            self._since[key] = self._since.get(key, NOTHING) + Count(1, own.state == "completed")
        return keys


def bad(key: Key, count: Count) -> bool:
    """What the rules say of so many outcomes.

    >>> bad(("queue", "creative"), Count(10, 4)), bad(("queue", "creative"), Count(9, 0))
    (True, False)
    >>> bad(WHOLE, Count(20, 19))
    True
    """
    if count.judged < ENOUGH:
        return False
    share = 100.0 * count.good / count.judged
    return 100.0 - share >= DEGRADED if key == WHOLE else share < BAD


def _count(recent: Recent) -> Count:
    return Count(recent.judged, recent.judged * (recent.success_rate or 0.0) / 100)
