"""Commands of a socket: each one does what its HTTP route does, and sent twice it does it once."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from gateway.agents import Wanted
from gateway.exchange import decoded
from gateway.intake import keyed
from gateway.parts import Parts
from subjects import errors
from subjects.agents import AgentTask
from subjects.messages import Submission

MOST = 500
"""Agents in one answer; the HTTP route has pages."""

_submissions = msgspec.json.Decoder(Submission)


class Command(NamedTuple):
    """A frame that asks for something to be done."""

    type: str
    id: str | int | None
    payload: bytes


class _Target(Struct, frozen=True):
    id: str
    reason: str = ""


class _Agent(Struct, frozen=True):
    agent: str | None = None


class _Given(AgentTask, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    agent: str


_given = msgspec.json.Decoder(_Given)
_targets = msgspec.json.Decoder(_Target)
_agents = msgspec.json.Decoder(_Agent)


async def run(parts: Parts, connection: str, command: Command) -> Any:
    """What the acknowledgement carries; an error of the table where it could not be done."""
    return await KNOWN[command.type](parts, connection, command)


def task_id(connection: str, command: str | int) -> str:
    """The id of a task from its connection and command: sent again after a drop, it is the same task.

    >>> task_id("tab-1", 7) == task_id("tab-1", 7) != task_id("tab-2", 7)
    True
    """
    digest = hashlib.blake2s(f"{connection}\0{command!r}".encode(), digest_size=16).hexdigest()
    return f"ws-{digest}"


async def _submit(parts: Parts, connection: str, command: Command) -> Any:
    submission = decoded(command.payload, _submissions)
    if submission.id is None and command.id is not None:
        submission = keyed(submission, task_id(connection, command.id))
    return await parts.intake.accept(submission, parts.door(name="ws"))


async def _agent_task(parts: Parts, connection: str, command: Command) -> Any:
    if decoded(command.payload, _agents).agent is None:
        return await _submit(parts, connection, command)
    given = decoded(command.payload, _given)
    task = AgentTask(**{name: getattr(given, name) for name in AgentTask.__struct_fields__})
    if task.id is None and command.id is not None:
        task = msgspec.structs.replace(task, id=task_id(connection, command.id))
    return await parts.intake.give(given.agent, task, parts.door(name="ws"))


async def _cancel(parts: Parts, _: str, command: Command) -> Any:
    target = decoded(command.payload, _targets)
    try:
        return await parts.client.cancel(target.id, target.reason)
    except errors.AlreadyFinished as error:
        # Sent again after a drop: the first one did it.
        if error.details.get("state") != "canceled":
            raise
        return await parts.client.get(target.id)


async def _agent_status(parts: Parts, _: str, command: Command) -> Any:
    asked = decoded(command.payload, _agents)
    if asked.agent is None:
        return (await parts.agents.page(Wanted(limit=MOST))).views
    for status in await parts.queues.engines():
        if status.queue == asked.agent:
            return status
    return await parts.agents.one(asked.agent)


KNOWN: dict[str, Callable[[Parts, str, Command], Awaitable[Any]]] = {
    "submit": _submit,
    "agent_task": _agent_task,
    "cancel": _cancel,
    "get_agent_status": _agent_status,
}
"""Every command by the type of its frame."""
