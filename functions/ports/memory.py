"""What was learned before, kept and found again: stored, searched, forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

MAX_TEXT = 65_536
"""Characters of one memory; a longer text is cut into passages by who knows where they end."""

Token = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]
Vector = Annotated[list[float], Meta(min_length=1, max_length=4096)]
Mode = Literal["keyword", "semantic", "both"]


class NewMemory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to remember."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    namespace: Token | None = None
    kind: Token = "note"
    tags: Annotated[list[Tag], Meta(max_length=32)] = []
    importance: Annotated[float, Meta(ge=0, le=1)] = 0.5
    ttl: Annotated[float, Meta(ge=1, le=315360000, description="Seconds; for ever where null.")] | None = None
    id: Annotated[Token, Meta(description="The same id again replaces the memory.")] | None = None
    source: Annotated[str, Meta(max_length=1000, description="Where it comes from, for citations.")] = ""
    vector: Annotated[Vector, Meta(description="Its embedding, where the caller has one.")] | None = None


class Stored(Struct, frozen=True):
    """A memory that is on disk."""

    id: str
    namespace: str
    created_at: datetime


class StoredMemories(Struct, frozen=True):
    """What was stored, in the order given."""

    stored: list[Stored]
    semantic: Annotated[bool, Meta(description="Whether they can be found by meaning.")]


class MemoryQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for, and among which memories. `tags`: all of them."""

    query: Annotated[str, Meta(min_length=1, max_length=10_000)]
    namespace: Token | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    mode: Literal["auto", "keyword", "semantic", "both"] = "auto"
    kind: Token | None = None
    tags: Annotated[list[Tag], Meta(max_length=32)] = []
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    min_score: Annotated[float, Meta(ge=0)] = 0.0
    vector: Annotated[Vector, Meta(description="Compared with vectors that callers gave.")] | None = None
    half_life: Annotated[float, Meta(gt=0, description="Seconds in which a memory's weight halves.")] = (
        30 * 86_400.0
    )


class Why(Struct, frozen=True):
    """What a score is made of: score = relevance of keyword and semantic, times decay."""

    keyword: Annotated[float, Meta(description="BM25, as a share of what the query can reach.")] | None
    semantic: Annotated[float, Meta(description="Cosine of the embeddings.")] | None
    decay: Annotated[float, Meta(description="(0.5 + importance) x max(0.5, 2^(-age / half_life)).")]


class Recollection(Struct, frozen=True):
    """A memory that was found."""

    id: str
    namespace: str
    text: str
    kind: str
    tags: list[str]
    importance: float
    created_at: datetime
    score: float
    source: str
    why: Why


class Recalled(Struct, frozen=True):
    """What was found, best first. `semantic` is False where only words were compared."""

    memories: list[Recollection]
    semantic: bool
    mode: Mode
    took_ms: float
    indexed: Annotated[int, Meta(description="Memories that are searched, over all namespaces.")]
    unembedded: Annotated[int, Meta(description="Of these, without a vector of the model in use.")]
    truncated: Annotated[bool, Meta(description="More were found than fit an answer of 512 kB.")] = False


class Forget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which memories: those that fit everything that is named. `tags`: all of them."""

    ids: Annotated[list[Token], Meta(max_length=1000)] = []
    namespace: Token | None = None
    tags: Annotated[list[Tag], Meta(max_length=32)] = []
    before: Annotated[datetime, Meta(tz=True, description="Stored before this time.")] | None = None
    everything: Annotated[bool, Meta(description="All of the namespace, or of all.")] = False


class Forgotten(Struct, frozen=True):
    """How much is gone: overwritten on the disk, not only hidden."""

    forgotten: int
    outcomes: Annotated[int, Meta(description="Kept answers that had shown them, overwritten too.")]


class Memory(Protocol):
    """Memories of all namespaces. What one worker stored, every other one finds."""

    async def store(self, memories: Sequence[NewMemory], mark: str) -> StoredMemories:
        """Keep them. `mark` makes the ids of those without one: the same mark again is a repeat."""
        ...

    async def query(self, wanted: MemoryQuery) -> Recalled:
        """The memories that fit best."""
        ...

    async def forget(self, what: Forget) -> Forgotten:
        """Remove them for good; returns when nothing is left of them in the store."""
        ...
