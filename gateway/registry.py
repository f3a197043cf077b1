"""The agents that people registered: kept in the `agents` bucket, and all of them in memory for lists."""

import asyncio
import bisect
import contextlib
from collections.abc import AsyncIterator

import msgspec
import structlog

from subjects import codec, errors, names
from subjects.agents import AUTO, Agent, Definition, NewAgent, Revision
from subjects.bus import Bus
from subjects.bus.connection import Exists
from subjects.channels import ENGINES
from subjects.kv import Bucket, Entry

log = structlog.get_logger()

MOST_BYTES = 64 * 1024
"""Largest definition: what a person writes, not a place for data."""


class Registry:
    """Registers, changes and forgets agents. Every write says which revision it is about; the first wins."""

    def __init__(self, bus: Bus) -> None:
        self.agents: dict[str, Entry[Agent]] = {}
        self.ids: list[str] = []
        self._bus = bus
        self._bucket = Bucket(bus, "agents", Agent)
        self._changed: set[str] = set()
        self._news = asyncio.Event()
        self._loaded = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Registry"]:
        """Keeps the agents in memory up to date for as long as the context is open."""
        heard = await self._bucket.on_write(self._on_write)
        forget = self._bus.on_reconnect(self._reload)
        keeper = asyncio.create_task(self._keep(), name="agents")
        try:
            yield self
        finally:
            forget()
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            with contextlib.suppress(Exception):
                await heard.unsubscribe()

    async def loaded(self) -> None:
        """Returns once the agents are in memory; Unavailable where the store does not give them."""
        try:
            async with asyncio.timeout(5):
                await self._loaded.wait()
        except TimeoutError:
            raise errors.Unavailable("the agents could not be read yet") from None

    async def load(self) -> None:
        """Read all agents once, for who asks but one thing."""
        entries = await self._bucket.entries()
        self.agents = {entry.key: entry for entry in entries}
        self.ids = sorted(self.agents)
        self._loaded.set()

    def after(self, id: str) -> int:
        """Where in `ids` the first one after `id` stands."""
        return bisect.bisect_right(self.ids, id)

    async def get(self, id: str) -> Entry[Agent] | None:
        """An agent as it is kept now, or None."""
        entry = await self._bucket.entry(names.token(id))
        return None if entry is None or entry.value is None else entry

    async def create(self, new: NewAgent) -> Entry[Agent]:
        """A new agent; AlreadyExists where one has this id."""
        id = names.token(new.id)
        if id == AUTO or id in ENGINES:
            raise errors.AlreadyExists(f"{id!r} is a name of ours; choose another id")
        fields = {name: getattr(new, name) for name in Definition.__struct_fields__}
        now = codec.now()
        agent = Agent(id, checked(Definition(**fields)), now, now)
        before = await self._bucket.entry(id)
        if before is not None and before.value is not None:
            raise errors.AlreadyExists(f"there is an agent {id!r} already")
        return await self._write(agent, 0 if before is None else before.revision, new=True)

    async def change(self, id: str, definition: Definition, revision: int | None = None) -> Entry[Agent]:
        """Replace a definition; OutOfDate where `revision` is not the newest, NotFound without the agent."""
        before = await self._known(id, revision)
        assert before.value is not None
        agent = Agent(id, checked(definition), before.value.created_at, codec.now())
        return await self._write(agent, before.revision)

    async def enable(self, id: str, *, enabled: bool) -> Entry[Agent]:
        """Let an agent take tasks, or not any more."""
        before = await self._known(id, None)
        assert before.value is not None
        if before.value.definition.enabled == enabled:
            return before
        definition = msgspec.structs.replace(before.value.definition, enabled=enabled)
        agent = msgspec.structs.replace(before.value, definition=definition, updated_at=codec.now())
        return await self._write(agent, before.revision)

    async def remove(self, id: str, revision: int | None = None) -> None:
        """Forget an agent; its history stays readable, and its tasks go on."""
        before = await self._known(id, revision)
        try:
            await self._bucket.write(id, None, before.revision)
        except Exists:
            raise errors.OutOfDate(f"agent {id!r} was changed by somebody else") from None
        self._place(id, None)

    async def history(self, id: str) -> list[Revision]:
        """What an agent was, newest first; NotFound where it never was."""
        entries = await self._bucket.history(names.token(id))
        if not entries:
            raise errors.NotFound(f"no agent {id!r} was ever registered")
        return [Revision(entry.revision, entry.at, entry.value) for entry in reversed(entries)]

    async def _known(self, id: str, revision: int | None) -> Entry[Agent]:
        before = await self.get(id)
        if before is None:
            raise errors.NotFound(f"no agent {id!r} is registered")
        if revision is not None and revision != before.revision:
            raise errors.OutOfDate(
                f"agent {id!r} has revision {before.revision}, not {revision}", revision=before.revision
            )
        return before

    async def _write(self, agent: Agent, expected: int, *, new: bool = False) -> Entry[Agent]:
        try:
            revision = await self._bucket.write(agent.id, agent, expected)
        except Exists:
            if new:
                raise errors.AlreadyExists(f"there is an agent {agent.id!r} already") from None
            raise errors.OutOfDate(f"agent {agent.id!r} was changed by somebody else") from None
        entry: Entry[Agent] = Entry(agent.id, agent, revision, agent.updated_at)
        self._place(agent.id, entry)
        return entry

    def _place(self, id: str, entry: Entry[Agent] | None) -> None:
        known = self.agents.get(id)
        if entry is None or entry.value is None:
            if known is not None and (entry is None or entry.revision > known.revision):
                del self.agents[id]
                del self.ids[bisect.bisect_left(self.ids, id)]
            return
        if known is None:
            bisect.insort(self.ids, id)
        elif known.revision >= entry.revision:
            return
        self.agents[id] = entry

    def _on_write(self, id: str) -> None:
        self._changed.add(id)
        self._news.set()

    async def _reload(self) -> None:
        self._loaded.clear()
        self._news.set()

    async def _keep(self) -> None:
        while True:
            self._news.clear()
            try:
                if not self._loaded.is_set():
                    await self.load()
                while self._changed:
                    id = self._changed.pop()
                    try:
                        self._place(id, await self._bucket.entry(id))
                    except errors.RevoError:
                        self._changed.add(id)
                        raise
            except errors.RevoError as error:
                log.info("agents could not be read", error=error.message)
                await asyncio.sleep(0.5)
                self._news.set()
            await self._news.wait()


def checked(definition: Definition) -> Definition:
    """The definition, once its names can be names; InvalidRequest, InvalidId or PayloadTooLarge else."""
    for name in (*definition.capabilities, *definition.permissions.functions):
        if "." in name:
            names.split_function(name)
        else:
            names.token(name)
    size = len(codec.encode(definition))
    if size > MOST_BYTES:
        raise errors.PayloadTooLarge(f"the definition has {size} bytes; it may have {MOST_BYTES}")
    return definition
