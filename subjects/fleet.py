"""Workers seen from outside: the places that supervisors keep for them, and what became of lost ones."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

BUCKET = "places"
ENDED = "worker_ended"
HANDED_OVER = "handed_over"
"""Kinds of measurements; the worker stands in the place of the host."""

FROZEN = 8.0
"""Seconds of silence after which a connected worker counts as frozen: it shows itself every 5."""

PlaceState = Literal["starting", "running", "restarting", "drained"]
MemberState = Literal["alive", "draining", "frozen", "starting", "restarting", "drained"]


class Place(Struct, frozen=True):
    """Where a supervisor keeps one worker process. A drained one stays empty until it is told to go on."""

    part: Annotated[str, Meta(description="The supervisor's own name for it, such as worker-1.")]
    worker: Annotated[str, Meta(description="The worker in it; of an empty place the last that was.")]
    state: PlaceState
    since: datetime
    pid: int | None
    restarts: Annotated[int, Meta(description="Processes that followed another one here.")]


class Supervised(Struct, frozen=True):
    """One supervisor and its places, as it shows itself in the `places` bucket."""

    host: str
    pid: int
    faults: Annotated[bool, Meta(description="Whether it kills a worker that it is asked to kill.")]
    places: list[Place]


class Ended(Struct, frozen=True):
    """A worker process that died without being told to, as its supervisor saw it; again once one followed."""

    worker: str
    part: str
    host: str
    pid: int
    how: Annotated[str, Meta(description="In words, such as: was killed (SIGKILL).")]
    at: datetime
    asked: Annotated[bool, Meta(description="Whether somebody asked the supervisor for it.")] = False
    successor: str | None = None
    successor_pid: int | None = None
    ready_at: Annotated[datetime | None, Meta(description="When the successor was at work.")] = None


class HandedOver(Struct, frozen=True):
    """What a lost worker held, given back to the queues by whoever claimed that first."""

    worker: str
    by: str
    at: datetime
    count: int
    tasks: Annotated[list[str], Meta(description="Their ids, as far as they could be told at once.")]


class Draining(Struct, frozen=True):
    """A worker's word that it takes nothing more; it goes once what runs has ended."""

    worker: str
    running: int


class Resumed(Struct, frozen=True):
    """A supervisor's word that it fills a place again that was drained."""

    worker: Annotated[str, Meta(description="The one that was drained; its successor has another id.")]
    part: str


class Killed(Struct, frozen=True):
    """A supervisor's word that it sent SIGKILL to a worker process of its own."""

    worker: str
    part: str
    pid: int
    at: datetime
