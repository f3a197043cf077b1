"""Remembers: keeps what was learned, finds it by words and by meaning, forgets it for good."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct, field, structs

from functions.api import Backoff, function
from functions.context import Context
from functions.engines.passages import Context as Gathered
from functions.engines.passages import Passages, gathered, merged
from functions.ports.memory import (
    Forget,
    Forgotten,
    MemoryQuery,
    NewMemory,
    Recalled,
    StoredMemories,
    Tag,
    Token,
)
from subjects.errors import InvalidInput

SOON = Backoff(most=20)
"""Never later than a negative acknowledgement can wait: a schedule would keep a copy of the input."""
DAY = 86_400.0


class StoreInput(NewMemory, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One memory, or many as `items`; `namespace` is that of every item that names none."""

    text: Annotated[str, Meta(max_length=65_536)] = ""
    items: Annotated[list[NewMemory], Meta(max_length=1000)] = field(default_factory=list)


class KnowledgeInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question, where to look, and how many characters the answer may have."""

    question: Annotated[str, Meta(min_length=1, max_length=10_000)]
    namespaces: Annotated[list[Token], Meta(max_length=16, description="All where empty.")] = []
    limit: Annotated[int, Meta(ge=1, le=50)] = 8
    budget: Annotated[int, Meta(ge=100, le=200_000, description="Characters.")] = 6000


class ContextInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is being talked about; `session` is short for the tag `session:<its value>`."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    namespace: Token | None = None
    session: Annotated[str, Meta(max_length=56)] | None = None
    tags: Annotated[list[Tag], Meta(max_length=31)] = []
    budget: Annotated[int, Meta(ge=100, le=200_000, description="Characters.")] = 4000
    half_life: Annotated[float, Meta(gt=0, description="Seconds in which a memory's weight halves.")] = DAY


@function("perfect_recall.memory_store", timeout=120, backoff=SOON, private=True)
async def memory_store(input: StoreInput, ctx: Context) -> StoredMemories:
    """Keep one memory or up to 1,000; on disk when it is answered, and every worker finds them.

    The same id again replaces a memory. The text stands in no task and no result afterwards.
    """
    if bool(input.items) == bool(input.text):
        raise InvalidInput("give either text or items")
    own = input.namespace or "default"
    single = {name: getattr(input, name) for name in NewMemory.__struct_fields__}
    given = input.items or [NewMemory(**single)]
    items = [structs.replace(item, namespace=item.namespace or own) for item in given]
    return await ctx.memory.store(items, ctx.id)


@function("perfect_recall.memory_query", timeout=60, backoff=SOON)
async def memory_query(input: MemoryQuery, ctx: Context) -> Recalled:
    """The memories that fit a query best, by words, by meaning or both, with what each score is made of."""
    return await ctx.memory.query(input)


@function("perfect_recall.knowledge_retrieval", timeout=60, backoff=SOON)
async def knowledge_retrieval(input: KnowledgeInput, ctx: Context) -> Passages:
    """Passages that answer a question, each with where it comes from; alike ones are merged."""
    found = []
    namespaces: Sequence[str | None] = input.namespaces or [None]
    for namespace in namespaces:
        query = MemoryQuery(query=input.question, namespace=namespace, limit=min(100, 2 * input.limit))
        found.append(await ctx.memory.query(query))
    return merged(found, input.limit, input.budget)


@function("perfect_recall.context_search", timeout=60, backoff=SOON)
async def context_search(input: ContextInput, ctx: Context) -> Gathered:
    """What to tell a model about earlier turns: relevant and recent memories, oldest first."""
    tags = [*input.tags, *([] if input.session is None else [f"session:{input.session}"])]
    query = MemoryQuery(
        query=input.text, namespace=input.namespace, tags=tags, limit=50, half_life=input.half_life
    )
    return gathered(await ctx.memory.query(query), input.budget)


@function("perfect_recall.memory_forget", timeout=3600, backoff=SOON)
async def memory_forget(input: Forget, ctx: Context) -> Forgotten:
    """Remove memories for good: overwritten in the stream, and in every kept answer of this engine.

    Takes about 4 ms for each memory. At least one of ids, tags, before and everything must be named.
    """
    return await ctx.memory.forget(input)


FUNCTIONS = (memory_store, memory_query, knowledge_retrieval, context_search, memory_forget)
