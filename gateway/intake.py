"""The way in for every submission, whichever door it came through."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from gateway import assign
from gateway.catalog import Catalog
from gateway.registry import Registry
from gateway.seats import Seat, Seats
from subjects import codec, errors, names
from subjects.agents import AgentTask, Definition
from subjects.bus import Bus
from subjects.client import lanes
from subjects.client.submit import Door, submit
from subjects.ids import new_id
from subjects.messages import Accepted, Submission

log = structlog.get_logger()

ON_ITS_WAY = timedelta(seconds=30)
"""How long a seat is believed before its task must be in a stream: a gateway can die in between."""
CALL = 300.0
"""Seconds that a call may take where neither it nor its agent has a limit."""

_objects = msgspec.json.Decoder(dict[str, Any])


class Intake:
    """Accepts tasks for functions that exist, as many at once as the store can take."""

    def __init__(self, bus: Bus, catalog: Catalog, registry: Registry, most: int) -> None:
        self.open = 0
        self._registry = registry
        self._seats = Seats(bus)
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
            within = [most for most in (given.memory, submission.memory) if most is not None]
            submission = msgspec.structs.replace(
                given,
                at=submission.at,
                delay=submission.delay,
                parent=submission.parent,
                memory=min(within, default=None),
            )
        return await self._seated(submission, door)

    async def give(self, agent: str, task: AgentTask, door: Door) -> Accepted:
        """A task for an agent, on disk when this returns."""
        return await self._seated(await self.assigned(names.token(agent), task), door)

    @contextlib.asynccontextmanager
    async def called(self, agent: str, task: AgentTask) -> AsyncIterator[Submission]:
        """A task for an agent that is asked by request and reply, with a seat while the context is open."""
        given = await self.assigned(names.token(agent), task)
        most = await self._most_at_once(given.agent)
        if most is None:
            yield given
            return
        queue, function = names.split_function(given.function)
        seat = Seat(new_id(), queue, function, codec.now() + timedelta(seconds=(given.timeout or CALL) + 10))
        await self._seats.take(agent, most, seat)
        try:
            yield given
        finally:
            await asyncio.shield(self._seats.leave(agent, seat))

    async def _seated(self, submission: Submission, door: Door) -> Accepted:
        most = await self._most_at_once(submission.agent)
        if submission.agent is None or most is None:
            return await self._accept(submission, door)
        own = submission if submission.id is not None else msgspec.structs.replace(submission, id=new_id())
        queue, function = names.split_function(own.function)
        seat = Seat(names.token(own.id or ""), queue, function, codec.now() + ON_ITS_WAY)
        taken = await self._seats.take(submission.agent, most, seat)
        try:
            return await self._accept(own, door)
        except errors.RevoError:
            # Perhaps stored all the same: then its seat is proved by what is there.
            if taken and not await self._seats.known(seat):
                await self._seats.leave(submission.agent, seat)
            raise

    async def _most_at_once(self, agent: str | None) -> int | None:
        if agent is None:
            return None
        entry = self._registry.agents.get(agent) or await self._registry.get(agent)
        return None if entry is None or entry.value is None else entry.value.definition.limits.max_concurrent

    async def _accept(self, submission: Submission, door: Door) -> Accepted:
        await self._catalog.check(submission.function)
        if self.open >= self._most:
            raise errors.Overloaded(f"{self.open} submissions wait for the store already")
        self.open += 1
        try:
            accepted = await submit(self._bus, submission, door)
            log.debug("task accepted", task=accepted.id, function=accepted.function)
            return accepted
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
