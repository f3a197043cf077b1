"""The way in for every submission, whichever door it came through."""

from typing import Any

import msgspec

from gateway import assign
from gateway.catalog import Catalog
from gateway.registry import Registry
from subjects import codec, errors, names
from subjects.agents import AgentTask, Definition
from subjects.bus import Bus
from subjects.client import lanes
from subjects.client.submit import Door, submit
from subjects.messages import Accepted, Submission

_objects = msgspec.json.Decoder(dict[str, Any])


class Intake:
    """Accepts tasks for functions that exist, as many at once as the store can take."""

    def __init__(self, bus: Bus, catalog: Catalog, registry: Registry, most: int) -> None:
        self.open = 0
        self._registry = registry
        self._bus = bus
        self._catalog = catalog
        self._most = most

    async def accept(self, submission: Submission, door: Door) -> Accepted:
        """On disk when this returns. Overloaded where too many submissions wait for the store already."""
        urgency = names.priority(submission.priority)
        if submission.agent is not None:
            asked = AgentTask(
                function=submission.function,
                input=codec.decode(bytes(submission.input), _objects),
                priority=urgency,
                id=submission.id,
                timeout=submission.timeout,
                max_attempts=submission.max_attempts,
            )
            given = await self.assigned(submission.agent, asked)
            submission = msgspec.structs.replace(
                given, at=submission.at, delay=submission.delay, parent=submission.parent
            )
        return await self._accept(submission, door)

    async def give(self, agent: str, task: AgentTask, door: Door) -> Accepted:
        """A task for an agent, on disk when this returns."""
        return await self._accept(await self.assigned(names.token(agent), task), door)

    async def _accept(self, submission: Submission, door: Door) -> Accepted:
        await self._catalog.check(submission.function)
        if self.open >= self._most:
            raise errors.Overloaded(f"{self.open} submissions wait for the store already")
        self.open += 1
        try:
            return await submit(self._bus, submission, door)
        finally:
            self.open -= 1

    async def assigned(self, agent: str, task: AgentTask) -> Submission:
        """The task as the agent's own, within what it may; NotFound without such an agent."""
        functions = await self._catalog.functions()
        entry = self._registry.agents.get(agent) or await self._registry.get(agent)
        if entry is not None and entry.value is not None:
            return assign.submission(agent, entry.value.definition, task, functions)
        if not any(name.startswith(f"{agent}.") for name in functions):
            raise errors.NotFound(f"no agent {agent!r}")
        own = Definition(capabilities=[agent], enabled=not await lanes.is_paused(self._bus, agent))
        # A queue says itself whose task it is.
        return msgspec.structs.replace(assign.submission(agent, own, task, functions), agent=None)


def keyed(submission: Submission, key: str | None) -> Submission:
    """The submission under the id that a header or a frame gives; InvalidRequest where it has another one."""
    if key is None:
        return submission
    if submission.id is None:
        return msgspec.structs.replace(submission, id=key)
    if submission.id != key:
        raise errors.InvalidRequest(
            f"the body says id {submission.id[:64]!r}, Idempotency-Key says {key[:64]!r}"
        )
    return submission
