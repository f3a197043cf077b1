"""Registered agents as NATS micro services: `nats micro ls` shows `agent-<id>` beside the queues.

Called at `agent.call.<id>` with what `POST /api/agents/<id>/tasks` takes, an agent answers at once: no queue,
no retry, nothing kept. The same rules hold as for its tasks.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable

import msgspec

from gateway.intake import CALL, Intake
from gateway.registry import Registry
from subjects import codec, errors, names
from subjects.agents import AgentTask
from subjects.bus import Bus, Described, Many, serve_many
from subjects.messages import Submission

PREFIX = "agent-"
"""Before the id in the name of a service, so that no queue can have the same name."""
_tasks = msgspec.json.Decoder(AgentTask)


class AgentServices:
    """Answers for every registered agent, as long as it is registered."""

    def __init__(self, bus: Bus, registry: Registry, intake: Intake) -> None:
        self._bus = bus
        self._registry = registry
        self._intake = intake

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["AgentServices"]:
        """Answers for as long as the context is open."""
        many = Many(self._names, f"{PREFIX}{{}}".format, self._described, names.AGENT_CALLS, self._answer)
        async with serve_many(self._bus, many):
            yield self

    def _names(self) -> Iterable[str]:
        return [f"{PREFIX}{id}" for id in self._registry.ids]

    def _described(self, name: str) -> Described | None:
        if not name.startswith(PREFIX):
            return None
        id = name.removeprefix(PREFIX)
        entry = self._registry.agents.get(id)
        if entry is None or entry.value is None:
            return None
        own = entry.value.definition
        metadata = {"capabilities": ",".join(own.capabilities)[:1000], "enabled": str(own.enabled).lower()}
        return Described(name, own.description or own.name or id, names.agent_call(id), metadata)

    async def _answer(self, id: str, payload: bytes, headers: dict[str, str]) -> bytes:
        asked = codec.decode(payload or b"{}", _tasks)
        async with self._intake.called(id, asked) as given:
            queue, function = names.split_function(given.function)
            told = {key: headers[key] for key in (codec.TRACE, codec.MSG_ID) if key in headers}
            told |= {key: str(value) for key, value in _limits(given).items() if value is not None}
            within = given.timeout or CALL
            answer = await self._bus.request(
                names.call(queue, function), bytes(given.input), within + 1, told
            )
        failure = (answer.headers or {}).get("Nats-Service-Error")
        if failure is None:
            return answer.data
        code, _, text = failure.partition(": ")
        raise errors.BY_CODE.get(code, errors.RevoError)(text)


def _limits(given: Submission) -> dict[str, object]:
    return {codec.AGENT: given.agent, codec.TIMEOUT: given.timeout, codec.MEMORY: given.memory}
