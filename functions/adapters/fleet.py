"""The engines, read from lanes, workers and the measured statuses; seats and circuits in a bucket."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from functions.ports.fleet import Circuit, Seat
from subjects import codec, errors
from subjects.bus import Bus
from subjects.client import lookup, rules, statuses
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, QueueStatus, State
from subjects.routing import EngineFacts, Routing

BUCKET = "coordination"
CIRCUITS = "circuits"
NEVER_CAME = 10.0
"""Seconds after which a seat is free whose task nobody knows: one by request and reply leaves no trace."""
PROVE_EVERY = 1.0
"""Seconds between two looks at whether all seats of a rule are really taken."""
FRESH = 1.0
"""Seconds for which the names of all functions are kept."""


class _Taken(Struct, frozen=True):
    seat: Seat
    since: float


class _Seats(Struct, frozen=True):
    taken: list[_Taken] = []


class StoredFleet:
    """Answers `functions.ports.fleet.Fleet` over a bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._seats = Bucket(bus, BUCKET, _Seats)
        self._circuits = Bucket(bus, BUCKET, dict[str, Circuit])
        self._functions = Bucket(bus, "functions", FunctionInfo)
        self._names: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._proved: dict[str, float] = {}

    async def engines(self, names: Sequence[str]) -> Mapping[str, EngineFacts]:
        """The engines as they are now."""
        return {row.queue: _facts(row) for row in await statuses.of(self._bus, names)}

    async def routing(self) -> Routing:
        """The rules that hold now."""
        return await rules.current(self._bus)

    async def functions(self) -> frozenset[str]:
        """Every function that was ever announced, at most a second old."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at > FRESH:
            self._names = frozenset(await self._functions.all())
            self._read_at = now
        return self._names

    async def states(self, tasks: Sequence[str]) -> Mapping[str, State]:
        """Where tasks stand."""
        found = await asyncio.gather(*(self._state(task) for task in tasks))
        return {task: state for task, state in zip(tasks, found, strict=True) if state is not None}

    async def enter(self, rule: str, most: int, seat: Seat) -> bool:
        """A seat, strictly: it is written down before the task is submitted."""
        while True:
            known, revision = await self._seats.versioned(_seats(rule))
            taken = [] if known is None else known.taken
            if any(own.seat == seat for own in taken):
                return True
            if len(taken) >= most and self._is_due(rule):
                taken = await self._seated(taken)
            if len(taken) >= most:
                return False
            own = _Taken(seat, codec.now().timestamp())
            if await self._seats.swap(_seats(rule), _Seats([*taken, own]), revision):
                return True

    async def leave(self, rule: str, seat: Seat) -> None:
        """Give a seat back."""
        while True:
            known, revision = await self._seats.versioned(_seats(rule))
            if known is None or all(own.seat != seat for own in known.taken):
                return
            left = _Seats([own for own in known.taken if own.seat != seat])
            if await self._seats.swap(_seats(rule), left, revision):
                return

    async def circuits(self) -> Mapping[str, Circuit]:
        """What is known of engines that were in error."""
        return await self._circuits.get(CIRCUITS) or {}

    async def change(self, engine: str, before: Circuit, after: Circuit) -> bool:
        """Put what is known of an engine in the place of what was known."""
        while True:
            known, revision = await self._circuits.versioned(CIRCUITS)
            all = known or {}
            if all.get(engine, Circuit()) != before:
                return False
            if await self._circuits.swap(CIRCUITS, {**all, engine: after}, revision):
                return True

    async def _seated(self, taken: list[_Taken]) -> list[_Taken]:
        """Those who really sit there: somebody may have died, or ended without a word."""
        now = codec.now().timestamp()
        free = await asyncio.gather(*(self._is_free(own, now) for own in taken))
        return [own for own, empty in zip(taken, free, strict=True) if not empty]

    async def _is_free(self, own: _Taken, now: float) -> bool:
        if await lookup.result(self._bus, own.seat.task) is not None:
            return True
        return now - own.since > NEVER_CAME and await self._state(own.seat.task) is None

    def _is_due(self, rule: str) -> bool:
        """Who waits here asks often, but the outcomes are looked up for all of them at once."""
        now = asyncio.get_running_loop().time()
        if now - self._proved.get(rule, float("-inf")) < PROVE_EVERY:
            return False
        self._proved[rule] = now
        return True

    async def _state(self, task: str) -> State | None:
        try:
            return (await lookup.view(self._bus, task)).state
        except errors.NotFound:
            return None


def _facts(row: QueueStatus) -> EngineFacts:
    failing = ""
    if row.status == "error":
        low = row.success_rate is not None and row.success_rate < 50
        failing = (
            f"{row.success_rate:g} % of its recent tasks completed" if low else "idle workers take no work"
        )
    return EngineFacts(
        row.queue, row.workers, row.queued, row.running, row.status == "stopped", failing, row.response_ms
    )


def _seats(rule: str) -> str:
    return f"seats.{rule}"
