"""How many workers a fan-out wants. One pure rule, for the pool of one machine and for pods alike.

>>> [wanted(Load(pending, held=0)) for pending in (0, 1, 32, 33, 128, 10_000)]
[0, 4, 4, 5, 16, 16]
>>> pool = Pool()
>>> [pool.step(Load(pending, held=0)) for pending in (40, 100, 20, 0, 0, 100, 20, 0, 0, 0, 0)]
[5, 13, 13, 13, 13, 13, 13, 13, 13, 4, 4]
"""

from typing import Annotated

from msgspec import Meta, Struct

PER_WORKER = 8
"""Tasks, waiting or held, for which one worker is wanted."""
LEAST, MOST = 4, 16
QUIET = 4
"""Looks in a row that must want fewer before any worker goes."""
WINDOW = 10 * MOST
"""Items under way where nobody says otherwise: the rule stays at its most while some are replaced."""
LARGEST_WINDOW = 1024


class Load(Struct, frozen=True):
    """What the consumers of a queue's lanes say: `num_pending` and `num_ack_pending`, added up."""

    pending: int
    held: int


class Bounds(Struct, frozen=True):
    """How few and how many workers a busy queue has."""

    least: Annotated[int, Meta(ge=1, le=256)] = LEAST
    most: Annotated[int, Meta(ge=0, le=256)] = MOST


FOUR_TO_SIXTEEN = Bounds()


def wanted(load: Load, bounds: Bounds = FOUR_TO_SIXTEEN) -> int:
    """clamp(ceil((pending + held) / 8), least, most); none where nothing is to be done."""
    busy = load.pending + load.held
    return min(bounds.most, max(bounds.least, -(-busy // PER_WORKER))) if busy else 0


class Pool:
    """The size of one queue's pool over time: it grows at once and shrinks after `QUIET` quiet looks."""

    def __init__(self, bounds: Bounds = FOUR_TO_SIXTEEN) -> None:
        self.size = 0
        self._bounds = bounds
        self._quiet: list[int] = []

    def step(self, load: Load) -> int:
        """The size after one more look."""
        want = wanted(load, self._bounds)
        if want >= self.size:
            self.size, self._quiet = want, []
            return self.size
        self._quiet.append(want)
        if len(self._quiet) >= QUIET:
            self.size, self._quiet = max(self._quiet), []
        return self.size
