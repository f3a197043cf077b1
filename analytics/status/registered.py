"""Tells how registered agents stand, ten thousand of them too: when something changed, and while they work.

Who does nothing stands as everybody with the same capabilities does, so a look costs one judgement for each
set of capabilities and one for each agent with work. Many who change together are told a thousand a look.
"""

import asyncio
import itertools
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from analytics.status.rules import SHOWN, Recent, Seen, queue_state
from analytics.store import Position, Store
from subjects import codec, names, streams
from subjects.agents import Standing, Status, can, standing
from subjects.bus import Bus
from subjects.messages import QueueStatus, WorkerInfo

AT_ONCE = 1000
"""Agents told in one look."""
KIND = "registered_status"
AGENTS = """
SELECT id, coalesce(capabilities, []), coalesce((permissions->'functions')::VARCHAR[], []), enabled
FROM registered_agents
"""

_NEVER: tuple[Status | None, float] = (None, float("-inf"))

Able = tuple[tuple[str, ...], tuple[str, ...], bool]
"""Capabilities, what is permitted of them, and whether the agent is enabled."""


class Moment(Struct, frozen=True):
    """What was seen in one look."""

    functions: frozenset[str]
    workers: Mapping[str, WorkerInfo]
    queues: Mapping[str, Seen]
    at: datetime


class _Common(Struct, frozen=True):
    """How everybody with the same capabilities stands who has no work."""

    idle: Standing
    queued: int


class Registered:
    """Publishes a status for each registered agent. `recent` is how those did that worked lately."""

    def __init__(self, bus: Bus, store: Store, repeat: float) -> None:
        self.recent: Mapping[str, Recent] = {}
        self._bus = bus
        self._store = store
        self._repeat = repeat
        self._agents: dict[str, Able] = {}
        self._kinds: set[Able] = set()
        self._read: Position | None = None
        self._loaded = False
        self._told: dict[str, tuple[Status | None, float]] = {}
        self._before: Mapping[Able, Status] = {}
        self._known: dict[Able, list[str]] = {}
        self._functions: frozenset[str] = frozenset()
        self._waiting: dict[str, None] = {}

    async def tell(self, moment: Moment) -> None:
        """Tell what changed since the last look, at most `AT_ONCE` agents; the others come with the next."""
        await self._load()
        if not self._agents:
            return
        common = self._common(moment)
        stand: dict[Able, Status] = {able: standing(own.idle) for able, own in common.items()}
        held = _held(moment.workers)
        if stand != self._before:
            moved = {able for able, status in stand.items() if self._before.get(able) != status}
            self._waiting.update(dict.fromkeys(id for id, able in self._agents.items() if able in moved))
            self._before = stand
        now = asyncio.get_running_loop().time()
        worked = (id for id in self.recent if now - self._told.get(id, _NEVER)[1] >= self._repeat)
        known = (id for id in itertools.chain(held, worked, list(self._waiting)) if id in self._agents)
        for id in itertools.islice(known, AT_ONCE):
            self._waiting.pop(id, None)
            told = self._status(id, common[self._agents[id]], held.get(id, []), moment.at)
            before, at = self._told.get(id, _NEVER)
            if told.status != before or (now - at >= self._repeat and (id in held or id in self.recent)):
                self._told[id] = (told.status, now)
                await self._bus.post(names.metric(id, KIND), codec.encode(told))
            if id in held:
                # Once more when it has no work any longer.
                self._waiting[id] = None

    async def _load(self) -> None:
        """Read the definitions where they changed; whoever is new or changed waits to be told."""
        reached = self._store.reached.get(streams.STREAM_AGENTS)
        if self._loaded and reached == self._read:
            return
        self._loaded, self._read = True, reached
        rows = (await self._store.query(AGENTS)).rows
        before = self._agents
        self._agents = {
            id: (tuple(capabilities), tuple(allowed), enabled) for id, capabilities, allowed, enabled in rows
        }
        self._kinds = set(self._agents.values())
        self._told = {id: told for id, told in self._told.items() if id in self._agents}
        changed = {id: None for id, able in self._agents.items() if before.get(id) != able}
        self._waiting = changed | {id: None for id in self._waiting if id in self._agents}

    def _common(self, moment: Moment) -> dict[Able, _Common]:
        if moment.functions != self._functions:
            self._known, self._functions = {}, moment.functions
        states: dict[str, Status] = {queue: queue_state(seen) for queue, seen in moment.queues.items()}
        serving: dict[str, set[str]] = {}
        for worker in moment.workers.values():
            for function in worker.functions:
                serving.setdefault(function, set()).add(worker.id)
        return {able: self._of(able, moment, states, serving) for able in self._kinds}

    def _of(
        self, able: Able, moment: Moment, states: Mapping[str, Status], serving: Mapping[str, set[str]]
    ) -> _Common:
        capabilities, allowed, enabled = able
        known = self._known.get(able)
        if known is None:
            known = self._known[able] = can(capabilities, allowed, moment.functions)
        queues = sorted({name.partition(".")[0] for name in known} & states.keys())
        workers: set[str] = set().union(*(serving.get(name, ()) for name in known))
        idle = Standing(enabled, [states[queue] for queue in queues], len(workers))
        return _Common(idle, sum(moment.queues[queue].queued for queue in queues))

    def _status(self, id: str, common: _Common, current: list[str], at: datetime) -> QueueStatus:
        own, idle = self.recent.get(id, Recent()), common.idle
        seen = Standing(
            idle.enabled, idle.queues, idle.workers, own.judged, own.success_rate, busy=bool(current)
        )
        return QueueStatus(
            queue=id,
            status=standing(seen),
            running=len(current),
            queued=common.queued,
            workers=idle.workers,
            response_ms=own.response_ms,
            success_rate=own.success_rate,
            throughput=own.throughput,
            current=current[:SHOWN],
            updated_at=at,
            response_p95_ms=own.response_p95_ms,
        )


def _held(workers: Mapping[str, WorkerInfo]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for worker in workers.values():
        for held in worker.held:
            if held.agent is not None:
                found.setdefault(held.agent, []).append(held.id)
    return found
