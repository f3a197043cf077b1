"""What creative takes and what it answers."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from functions.engines.constraints import Constraint
from functions.engines.likeness import Mode
from functions.engines.scores import TARGET, Score
from functions.engines.techniques import TECHNIQUES, Origin
from functions.ports import ModelUse

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Tables = Annotated[
    dict[str, list[Text]],
    Meta(description="Tables of options: an idea takes one of each. Without them a generic one is used."),
]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every function here takes."""

    problem: Annotated[str, Meta(min_length=3, max_length=4000)]
    known: Annotated[list[Text], Meta(max_length=200, description="Solutions that are no news.")] = []
    memories: Annotated[int, Meta(ge=0, le=100, description="Memories asked for; 0 asks for none.")] = 20


class Wish(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A problem that wants solutions."""

    parameters: Tables = field(default_factory=dict)
    constraints: Annotated[list[Constraint], Meta(max_length=50)] = []
    count: Annotated[int, Meta(ge=1, le=50)] = 5
    seed: int = 0


class Claims(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ideas that want a score."""

    candidates: Annotated[list[Text], Meta(min_length=1, max_length=200)]
    constraints: Annotated[list[Constraint], Meta(max_length=50)] = []


class Storm(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A problem that wants many ideas."""

    parameters: Tables = field(default_factory=dict)
    techniques: Annotated[list[Origin], Meta(min_length=1)] = field(default_factory=lambda: list(TECHNIQUES))
    count: Annotated[int, Meta(ge=1, le=200)] = 40
    seed: int = 0


class Candidate(Struct, frozen=True):
    """An idea with its score and where it comes from."""

    text: str
    origin: Origin
    derivation: dict[str, Any]
    score: Score


class Scored(Struct, frozen=True):
    """A given idea with its score."""

    text: str
    score: Score


class Collected(Struct, frozen=True):
    """An idea of a brainstorming: not judged, only not there yet."""

    text: str
    derivation: dict[str, Any]
    novelty: Annotated[float, Meta(description="1 - likeness to the nearest of all that came before it.")]


class Basis(Struct, frozen=True, kw_only=True):
    """What an answer rests on."""

    problem: str
    mode: Annotated[Mode, Meta(description="semantic: by embeddings; lexical: by letters and words.")]
    memory: Annotated[int | None, Meta(description="Memories consulted; null: memory did not answer.")]
    model: ModelUse | None
    notes: list[str]


class Created(Basis, frozen=True, kw_only=True):
    """The best ideas that differ from each other."""

    candidates: list[Candidate]
    considered: Annotated[int, Meta(description="Ideas that were scored.")]
    target: float = TARGET
    reached: Annotated[int, Meta(description="Candidates above the target.")]
    diversity: Annotated[float, Meta(description="Mean distance over all pairs of the set.")]


class Judged(Basis, frozen=True, kw_only=True):
    """The given ideas, in their order, with their scores."""

    candidates: list[Scored]
    target: float = TARGET
    reached: int
    diversity: float


class Stormed(Basis, frozen=True, kw_only=True):
    """Many ideas, by technique."""

    groups: dict[Origin, list[Collected]]
    total: int
    dropped: Annotated[int, Meta(description="Ideas too like an earlier one.")]
    diversity: float
