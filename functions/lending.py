"""The ports of a worker, lent to a child process: each call is a line of JSON there and one back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from functions import lent_fleet
from functions.adapters.models.filling import filled
from functions.context import Host
from functions.pipes import AskPort
from functions.ports import Artifact, Embedded, ModelUse, Prompt, Reply
from functions.ports.memory import (
    Forget,
    Forgotten,
    MemoryQuery,
    NewMemory,
    Recalled,
    StoredMemories,
)
from subjects import codec, errors

T = TypeVar("T")

Ask = Callable[[str, str, Any], Awaitable[Raw]]
"""Port, method, arguments: the child's way to the worker."""


class _Put(Struct, frozen=True):
    name: str
    data: bytes
    media_type: str


class _Store(Struct, frozen=True):
    memories: list[NewMemory]
    mark: str


class ModelFacts(Struct, frozen=True):
    """What a child knows of the models without asking."""

    available: bool = False
    embeds: bool = False


async def lend(host: Host, ask: AskPort) -> Raw:
    """The worker's side: the answer of a port to a child."""
    match ask.port, ask.method:
        case "artifacts", "put":
            put = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(_Put))
            return _raw(await host.artifacts.put(put.name, put.data, put.media_type))
        case "artifacts", "get":
            ref = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(str))
            return _raw(await host.artifacts.get(ref))
        case "model", "ask":
            return _raw(
                await host.model.ask(codec.decode(bytes(ask.arguments), msgspec.json.Decoder(Prompt)))
            )
        case "model", "embed":
            texts = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(list[str]))
            return _raw(await host.model.embed(texts))
        case "memory", "store":
            put_in = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(_Store))
            return _raw(await host.memory.store(put_in.memories, put_in.mark))
        case "memory", "query":
            wanted = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(MemoryQuery))
            return _raw(await host.memory.query(wanted))
        case "memory", "forget":
            what = codec.decode(bytes(ask.arguments), msgspec.json.Decoder(Forget))
            return _raw(await host.memory.forget(what))
        case "fleet", method:
            return await lent_fleet.call(host.fleet, method, bytes(ask.arguments))
        case _:
            raise errors.InvalidRequest(f"no port answers to {ask.port}.{ask.method}"[:200])


class LentArtifacts:
    """The child's side of `functions.ports.Artifacts`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def put(self, name: str, data: bytes, media_type: str = "application/octet-stream") -> Artifact:
        """Store bytes."""
        answer = await self._ask("artifacts", "put", _Put(name, data, media_type))
        return msgspec.json.decode(answer, type=Artifact)

    async def get(self, ref: str) -> bytes:
        """The bytes of an artifact."""
        return msgspec.json.decode(await self._ask("artifacts", "get", ref), type=bytes)


class LentModel:
    """The child's side of `functions.ports.Model`. It has no pieces to stream: the answer comes whole."""

    def __init__(self, ask: Ask, facts: ModelFacts) -> None:
        self.available = facts.available
        self.embeds = facts.embeds
        self.used: ModelUse | None = None
        self._ask = ask

    async def ask(self, prompt: Prompt) -> Reply:
        """The answer."""
        reply = msgspec.json.decode(await self._ask("model", "ask", prompt), type=Reply)
        self.used = reply.use if self.used is None else self.used.plus(reply.use)
        return reply

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Reply]:
        """The answer in one piece, then the whole Reply."""
        reply = await self.ask(prompt)
        yield reply.text
        yield reply

    async def fill(self, prompt: Prompt, kind: type[T]) -> tuple[T, Reply]:
        """The answer as a typed value."""
        return await filled(self.ask, prompt, kind)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """A vector for each text."""
        found = msgspec.json.decode(await self._ask("model", "embed", list(texts)), type=Embedded)
        self.used = found.use if self.used is None else self.used.plus(found.use)
        return found


class LentMemory:
    """The child's side of `functions.ports.Memory`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def store(self, memories: Sequence[NewMemory], mark: str) -> StoredMemories:
        """Keep memories."""
        answer = await self._ask("memory", "store", _Store(list(memories), mark))
        return msgspec.json.decode(answer, type=StoredMemories)

    async def query(self, wanted: MemoryQuery) -> Recalled:
        """The memories that fit best."""
        return msgspec.json.decode(await self._ask("memory", "query", wanted), type=Recalled)

    async def forget(self, what: Forget) -> Forgotten:
        """Remove memories for good."""
        return msgspec.json.decode(await self._ask("memory", "forget", what), type=Forgotten)


def _raw(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))
