"""The engines as the coordinator sees them: how they do, by which rules they work, and who has a seat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from subjects.messages import State
from subjects.routing import EngineFacts, Routing


class Circuit(Struct, frozen=True, omit_defaults=True):
    """What all coordinators together know of an engine that was in error.

    While it is `open`, work goes elsewhere, but for one trial now and then. A trial that does well closes it;
    `failures` counts what failed since.
    """

    open: bool = False
    reason: str = ""
    since: datetime | None = None
    trial_at: datetime | None = None
    healed_at: datetime | None = None
    failures: int = 0


class Seat(Struct, frozen=True):
    """The right of one part of a coordinator's task to be at work."""

    task: str
    part: str


class Fleet(Protocol):
    """What a coordinator asks and tells. Everything is shared by all workers; nothing is kept in one."""

    async def engines(self, names: Sequence[str]) -> Mapping[str, EngineFacts]:
        """The engines as they are now: lanes and workers counted, errors as analytics measured them."""
        ...

    async def routing(self) -> Routing:
        """The rules that hold now."""
        ...

    async def functions(self) -> frozenset[str]:
        """Every function that was ever announced."""
        ...

    async def states(self, tasks: Sequence[str]) -> Mapping[str, State]:
        """Where tasks stand; a task that is not known is left out."""
        ...

    async def enter(self, rule: str, most: int, seat: Seat) -> bool:
        """A seat, of `most` that a rule has; False where all are taken by jobs that have not ended."""
        ...

    async def leave(self, rule: str, seat: Seat) -> None:
        """Give a seat back."""
        ...

    async def circuits(self) -> Mapping[str, Circuit]:
        """What is known of engines that were in error, by engine."""
        ...

    async def change(self, engine: str, before: Circuit, after: Circuit) -> bool:
        """Put what is known of an engine in the place of what was known; False where somebody was faster."""
        ...
