"""Every agent as it is right now, from one look at workers, lanes, statuses and figures."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from gateway import assign
from gateway.catalog import Catalog
from gateway.fresh import Fresh
from gateway.lanes import Depth
from gateway.queues import Queues
from gateway.registry import Registry
from subjects import codec, errors
from subjects.agents import Agent, AgentView, Definition, Origin, Status
from subjects.channels import ENGINES
from subjects.client import Client, lanes
from subjects.kv import Entry
from subjects.messages import FunctionInfo, QueueStatus, WorkerInfo

ENOUGH = 10
"""Outcomes below which nothing is said of a success rate, as for queues."""
BAD = 50.0
"""Success rate, in percent, below which an agent is in error, as a queue is."""
SHOWN = 20


class Figures(NamedTuple):
    """How a registered agent did over the last five minutes."""

    judged: int = 0
    success_rate: float | None = None
    response_ms: float | None = None
    throughput: float = 0.0


class Wanted(Struct, frozen=True):
    """Which agents are to be listed."""

    capability: str | None = None
    status: Status | None = None
    origin: Origin | None = None
    text: str | None = None
    after: str | None = None
    limit: int = 100

    def takes(self, view: AgentView) -> bool:
        """Whether an agent is wanted."""
        return (
            self.status in (None, view.status)
            and self.origin in (None, view.origin)
            and (
                self.capability is None
                or any(assign.covers(self.capability, own) for own in view.capabilities)
            )
        )


class Listed(NamedTuple):
    """One page of agents; `next` is where the next one begins, None at the end."""

    views: list[AgentView]
    next: str | None


class Seen(Struct, frozen=True):
    """What agents are shown from."""

    client: Client
    catalog: Catalog
    queues: Queues
    lanes: Fresh[dict[tuple[str, str], Depth]]


class Agents:
    """Shows agents. Announced ones come first, then the registered ones, both by id."""

    def __init__(self, seen: Seen, registry: Registry) -> None:
        self.registry = registry
        self._client = seen.client
        self._lanes = seen.lanes
        self._catalog = seen.catalog
        self._queues = seen.queues
        self._figures = Fresh(self._read_figures, 2.0)
        self._sight: Fresh[Sight] = Fresh(self._look, 0.25)

    async def page(self, wanted: Wanted) -> Listed:
        """Agents after a place, as many as are wanted."""
        await self.registry.loaded()
        sight = await self._sight.get()
        found: list[AgentView] = []
        for place in _places(sight, self.registry, wanted.after):
            view = self._view(sight, place)
            if view is None or not wanted.takes(view) or not _says(view, wanted.text):
                continue
            if len(found) == wanted.limit:
                return Listed(found, _place_of(found[-1]))
            found.append(view)
        return Listed(found, None)

    async def one(self, id: str) -> AgentView:
        """One agent; NotFound without it."""
        entry = await self.registry.get(id)
        sight = await self._sight.get()
        if entry is not None:
            return sight.registered(entry)
        view = sight.announced(id)
        if view is None:
            raise errors.NotFound(f"no agent {id[:64]!r}")
        return view

    async def start(self, id: str) -> AgentView:
        """Let an agent work: a registered one takes tasks again, an announced one's lanes go on."""
        return await self._switch(id, on=True)

    async def stop(self, id: str) -> AgentView:
        """Let an agent begin nothing new. What runs ends; what waits stays where it is."""
        return await self._switch(id, on=False)

    async def _switch(self, id: str, *, on: bool) -> AgentView:
        if await self.registry.get(id) is not None:
            await self.registry.enable(id, enabled=on)
        else:
            if id not in await self._catalog.queues() or id in ENGINES:
                raise errors.NotFound(f"no agent {id[:64]!r}")
            await (lanes.resume if on else lanes.pause)(self._client.bus, id)
            await self._lanes.get(age=0.0)
        await self._sight.get(age=0.0)
        return await self.one(id)

    async def able(self, capabilities: Sequence[str]) -> list[AgentView]:
        """Every agent that can do all of something."""
        wanted = [Wanted(capability=each) for each in capabilities]
        every = await self.page(Wanted(limit=1_000_000))
        return [view for view in every.views if all(each.takes(view) for each in wanted)]

    def _view(self, sight: "Sight", place: str) -> AgentView | None:
        kind, _, id = place.partition("/")
        if kind == "a":
            return sight.announced(id)
        entry = self.registry.agents.get(id)
        return None if entry is None else sight.registered(entry)

    async def _look(self) -> "Sight":
        return Sight(
            functions=await self._catalog.functions(),
            workers=list((await self._catalog.workers.get()).values()),
            statuses={row.queue: row for row in await self._queues.statuses()},
            figures=await self._figures.get(),
            at=codec.now(),
        )

    async def _read_figures(self) -> dict[str, Figures]:
        try:
            answer = await self._client.query("recent_agents", {"registered": 1})
        except errors.RevoError:
            # Where nobody measures, nothing is known of times and rates; what runs is known all the same.
            return {}
        rows = (dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"])
        return {row["agent"]: _figures(row) for row in rows}


class Sight:
    """What was seen at one moment, and every agent as it looked then."""

    def __init__(
        self,
        *,
        functions: dict[str, FunctionInfo],
        workers: list[WorkerInfo],
        statuses: dict[str, QueueStatus],
        figures: dict[str, Figures],
        at: datetime,
    ) -> None:
        self.functions = functions
        self.statuses = statuses
        self._figures = figures
        self._at = at
        self._serving: dict[str, set[str]] = {}
        self._current: dict[str, list[str]] = {}
        self._able: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for worker in workers:
            for function in worker.functions:
                self._serving.setdefault(function, set()).add(worker.id)
            for held in worker.held:
                if held.agent is not None:
                    self._current.setdefault(held.agent, []).append(held.id)

    @property
    def queues(self) -> list[str]:
        """The queues that are agents by themselves."""
        return sorted(queue for queue in self.statuses if queue not in ENGINES)

    def announced(self, queue: str) -> AgentView | None:
        """A queue as an agent; None where it is none."""
        row = self.statuses.get(queue)
        if row is None or queue in ENGINES:
            return None
        able = self.able(Definition(capabilities=[queue]))
        return AgentView(
            id=queue,
            origin="announced",
            name=queue,
            description=f"{len(able)} function{'' if len(able) == 1 else 's'} that workers announced",
            capabilities=able,
            enabled=row.status != "stopped",
            **{name: getattr(row, name) for name in QueueStatus.__struct_fields__},
        )

    def registered(self, entry: Entry[Agent]) -> AgentView:
        """A registered agent."""
        agent = entry.value
        assert agent is not None
        definition, id = agent.definition, agent.id
        able = self.able(definition)
        figures = self._figures.get(id, Figures())
        current = self._current.get(id, [])
        rows = [self.statuses[queue] for queue in _queues(able) if queue in self.statuses]
        workers = set().union(*(self._serving.get(name, ()) for name in able))
        return AgentView(
            id=id,
            queue=id,
            origin="registered",
            name=definition.name or id,
            description=definition.description,
            capabilities=able,
            status=_status(definition, rows, len(workers), figures, busy=bool(current)),
            running=len(current),
            queued=sum(row.queued for row in rows),
            workers=len(workers),
            response_ms=figures.response_ms,
            success_rate=figures.success_rate,
            throughput=figures.throughput,
            current=current[:SHOWN],
            updated_at=self._at,
            enabled=definition.enabled,
            model=definition.model,
            definition=definition,
            revision=entry.revision,
            created_at=agent.created_at,
            changed_at=agent.updated_at,
        )

    def able(self, definition: Definition) -> list[str]:
        """What an agent can do, remembered: thousands of agents share few sets of capabilities."""
        key = (tuple(definition.capabilities), tuple(definition.permissions.functions))
        known = self._able.get(key)
        if known is None:
            known = self._able[key] = assign.can(definition, self.functions)
        return known


def _status(
    definition: Definition, rows: Sequence[QueueStatus], workers: int, figures: Figures, *, busy: bool
) -> Status:
    if not definition.enabled or (rows and all(row.status == "stopped" for row in rows)):
        return "stopped"
    if workers == 0:
        return "offline"
    rate = figures.success_rate
    if rate is not None and figures.judged >= ENOUGH and rate < BAD:
        return "error"
    if rows and all(row.status == "overloaded" for row in rows):
        return "overloaded"
    return "processing" if busy else "idle"


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(
        row["judged"],
        _rounded(row["success_rate"]),
        _rounded(row["response_ms"]),
        round(row["throughput"], 2),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _queues(functions: Iterable[str]) -> list[str]:
    return sorted({name.partition(".")[0] for name in functions})


def _places(sight: Sight, registry: Registry, after: str | None) -> Iterable[str]:
    """Places in the list after one: `a/<id>` for the announced, then `r/<id>` for the registered."""
    announced = (f"a/{id}" for id in sight.queues if id not in registry.agents)
    for place in announced:
        if after is None or place > after:
            yield place
    first = registry.after(after.partition("/")[2]) if after is not None and after >= "r/" else 0
    for id in registry.ids[first:]:
        yield f"r/{id}"


def _place_of(view: AgentView) -> str:
    return f"{'a' if view.origin == 'announced' else 'r'}/{view.id}"


def _says(view: AgentView, text: str | None) -> bool:
    return text is None or text.lower() in f"{view.id} {view.name} {view.description}".lower()
