"""Every agent as it is right now, from one look at workers, lanes, statuses and figures."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct

from gateway.catalog import Catalog
from gateway.choice import Candidate, choose
from gateway.fresh import Fresh
from gateway.lanes import Depth
from gateway.queues import Queues
from gateway.registry import Registry
from gateway.sight import Figures, Sight, figures_of
from subjects import codec, errors, names
from subjects.agents import AgentTask, AgentView, Choice, ChoiceRequest, Origin, Status, covers
from subjects.channels import ENGINES
from subjects.client import Client, lanes

EVERY = 1_000_000
TURN = 200
"""Agents looked at before others have a turn."""


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
            and (self.capability is None or any(covers(self.capability, own) for own in view.capabilities))
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
        self._history = Fresh(self._read_history, 5.0)
        self._sight: Fresh[Sight] = Fresh(self._look, 0.25)

    async def page(self, wanted: Wanted) -> Listed:
        """Agents after a place, as many as are wanted."""
        await self.registry.loaded()
        sight = await self._sight.get()
        found: list[AgentView] = []
        for count, place in enumerate(_places(sight, self.registry, wanted.after)):
            if count % TURN == TURN - 1:
                # Who else waits for this gateway does not wait for ten thousand agents.
                await asyncio.sleep(0)
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

    async def choose(self, request: ChoiceRequest) -> Choice:
        """The best agent for all of the capabilities, and why."""
        for name in request.capabilities:
            names.split_function(name) if "." in name else names.token(name)
        wanted = [Wanted(capability=each) for each in request.capabilities]
        every = await self.page(Wanted(limit=EVERY))
        history = await self._history.get()
        fit = [view for view in every.views if all(each.takes(view) for each in wanted)]
        candidates = [history.get(view.id, Candidate)(view) for view in fit]
        if len(candidates) < TURN:
            return choose(request, candidates)
        return await asyncio.to_thread(choose, request, candidates)

    def _view(self, sight: Sight, place: str) -> AgentView | None:
        kind, _, id = place.partition("/")
        if kind == "a":
            return sight.announced(id)
        entry = self.registry.agents.get(id)
        return None if entry is None else sight.registered(entry)

    async def _look(self) -> Sight:
        return Sight(
            functions=await self._catalog.functions(),
            workers=list((await self._catalog.workers.get()).values()),
            statuses={row.queue: row for row in await self._queues.statuses()},
            figures=await self._figures.get(),
            at=codec.now(),
        )

    async def best(self, task: AgentTask) -> str:
        """Who is to have a task that names nobody; Unavailable where nobody can take it now."""
        wanted = task.capabilities or ([task.function] if task.function is not None else [])
        if not wanted:
            raise errors.InvalidRequest("say what it must be able to do: `function` or `capabilities`")
        chosen = await self.choose(ChoiceRequest(wanted))
        if chosen.agent is None:
            raise errors.Unavailable(chosen.why)
        return chosen.agent

    async def _read_history(self) -> dict[str, Callable[[AgentView], Candidate]]:
        rows = await self._asked("agent_history", {})
        return {
            row["agent"]: partial(Candidate, tasks=row["tasks"], cost=row["usd"], local=row["local"])
            for row in rows
        }

    async def _read_figures(self) -> dict[str, Figures]:
        rows = await self._asked("recent_agents", {"registered": 1})
        return {row["agent"]: figures_of(row) for row in rows}

    async def _asked(self, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            answer = await self._client.query(query, given)
        except errors.RevoError:
            # Where nobody measures, nothing is known of times and rates; what runs is known all the same.
            return []
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


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
