"""States of registered agents to rows of `agents`, without values of their config: one may be a secret."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from analytics.rows.line import Line, Origin, cut, utc
from subjects import codec, errors

HEAD = "$KV.agents."


class DefinitionPayload(Struct):
    """What is read of a definition."""

    capabilities: list[str]
    name: str = ""
    description: str = ""
    config: dict[str, Any] = {}
    permissions: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    thresholds: dict[str, Any] = {}
    model: str | None = None
    enabled: bool = True


class AgentPayload(Struct):
    """What is read of a registered agent."""

    id: str
    definition: DefinitionPayload
    created_at: datetime


class AgentRow(Struct):
    """A row of `agents`."""

    id: str
    revision: int
    changed_at: datetime
    deleted: bool
    stream_seq: int
    name: str | None = None
    description: str | None = None
    capabilities: list[str] | None = None
    permissions: dict[str, Any] | None = None
    limits: dict[str, Any] | None = None
    thresholds: dict[str, Any] | None = None
    model: str | None = None
    enabled: bool | None = None
    config_keys: list[str] | None = None
    created_at: datetime | None = None


_agents = Decoder(AgentPayload)


def agent(origin: Origin, data: bytes) -> Line:
    """The row of `agents` for one state; an empty message says that the agent was deleted."""
    id = origin.subject.removeprefix(HEAD)
    if not data:
        row = AgentRow(id, origin.sequence, origin.stored_at, deleted=True, stream_seq=origin.sequence)
        return Line("agents", origin.sequence, codec.encode(row))
    told = codec.decode(data, _agents)
    own = told.definition
    if told.id != id:
        raise errors.InvalidInput(f"agent {told.id} under the key of another")
    row = AgentRow(
        id,
        origin.sequence,
        origin.stored_at,
        deleted=False,
        stream_seq=origin.sequence,
        name=own.name,
        description=cut(own.description),
        capabilities=own.capabilities,
        permissions=own.permissions,
        limits=own.limits,
        thresholds=own.thresholds,
        model=own.model,
        enabled=own.enabled,
        config_keys=sorted(own.config),
        created_at=utc(told.created_at),
    )
    return Line("agents", origin.sequence, codec.encode(row))
