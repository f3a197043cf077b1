"""Lanes and their order: which of the waiting tasks is next.

Smooth weighted round robin over the lanes that hold something: of 85 starts under full load, 64 are
critical, 16 high, 4 medium and 1 low, evenly spread, so that the urgent overtake and the patient still move.

>>> lanes = [Lane("q", "critical"), Lane("q", "low")]
>>> for lane in lanes: lane.held.extend([None] * 100)
>>> starts = [pick(lanes).priority for _ in range(65)]
>>> starts.count("critical"), starts.count("low")
(64, 1)
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from subjects import names

WEIGHTS: dict[names.Priority, int] = {"critical": 64, "high": 16, "medium": 4, "low": 1}

FAST = 0.020
"""Seconds: tasks shorter than this are pulled ahead.

For longer ones a free slot looks at the lanes in order.
"""


class Lane:
    """The tasks of one queue and priority.

    What was pulled and not started yet, and how its turn is counted.
    """

    __slots__ = ("credit", "held", "paused", "priority", "queue", "weight")

    def __init__(self, queue: str, priority: names.Priority) -> None:
        self.queue = queue
        self.priority = priority
        self.weight = WEIGHTS[priority]
        self.credit = 0
        self.paused = False
        self.held: deque[Any] = deque()

    @property
    def urgent(self) -> bool:
        """Whether the reserved slot is for it."""
        return self.priority == "critical"


def pick(lanes: Iterable[Lane]) -> Lane | None:
    """The lane whose turn it is among those that hold something and are not paused."""
    return turn([lane for lane in lanes if lane.held and not lane.paused])


def turn(lanes: Sequence[Lane]) -> Lane | None:
    """The lane whose turn it is; asking counts as having had it."""
    if not lanes:
        return None
    best, total = lanes[0], 0
    for lane in lanes:
        lane.credit += lane.weight
        total += lane.weight
        if lane.credit > best.credit:
            best = lane
    best.credit -= total
    return best


class Pace:
    """How long the tasks of a queue take: an exponentially weighted mean of the last ones, seconds."""

    __slots__ = ("mean",)

    def __init__(self) -> None:
        self.mean = 1.0

    def add(self, seconds: float) -> None:
        """Count one more task."""
        self.mean += (seconds - self.mean) * 0.2

    @property
    def fast(self) -> bool:
        """Whether it is worth while to pull ahead."""
        return self.mean < FAST
