"""Ideas: made by technique, scored by a documented measure, picked so that they differ.

Three functions on one machinery. `creative_generation` makes solutions and picks the best that differ,
`innovation` scores what somebody else made, `brainstorming` collects much and judges little.
"""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from functions.api import function
from functions.context import Context
from functions.engines import techniques
from functions.engines.background import BACKGROUND
from functions.engines.constraints import Constraint
from functions.engines.likeness import Lexical, Likeness, Semantic, diversity
from functions.engines.recollection import REVIEWS
from functions.engines.scores import TARGET, Known, Measure
from functions.engines.techniques import TECHNIQUES, Idea, Origin, Remembered
from functions.engines.wishes import (
    Asked,
    Candidate,
    Claims,
    Collected,
    Created,
    Judged,
    Scored,
    Storm,
    Stormed,
    Wish,
)
from functions.ports import Prompt, Turn
from subjects.errors import RevoError

RECALL = "perfect_recall.memory_query"
RECALL_WITHIN = 10.0
"""Seconds that memory gets to answer."""
POOL = 120
"""Candidates that are scored for one answer."""
SAME = 0.8
"""Likeness above which two ideas of a brainstorming are one."""
LIKING = 0.7
"""Share of the score, against difference from what is picked already (maximal marginal relevance)."""


class _Answer(Struct, frozen=True):
    """What a model is asked to fill."""

    ideas: list[str]


class _Consulted(Struct, frozen=True):
    """What memory said."""

    memories: list[Remembered]
    answered: bool


@function("creative.creative_generation", timeout=120)
async def creative_generation(input: Wish, ctx: Context) -> Created:
    """Solutions to a problem: made by technique, scored, the best that differ picked. No model needed."""
    notes: list[str] = []
    recalled = await _recalled(ctx, input, notes)
    ideas = techniques.turns(_sources(input, recalled.memories, TECHNIQUES), POOL)
    ideas = [*await _asked(ctx, input.problem, 2 * input.count, notes, input.constraints), *ideas][:POOL]
    known = _known(input, recalled.memories)
    likeness = await _likeness(
        ctx, [input.problem, *(own.text for own in known), *(idea.text for idea in ideas)], notes
    )
    measure = Measure(likeness, input.problem, input.constraints)
    # Some hundred thousand comparisons: not in the loop.
    picked = await asyncio.to_thread(_picked, measure, ideas, known, input.count)
    _say_unchecked(input.constraints, notes)
    return Created(
        problem=input.problem,
        mode=likeness.mode,
        candidates=picked,
        considered=len(ideas),
        reached=sum(own.score.innovation > TARGET for own in picked),
        diversity=round(diversity(likeness, [own.text for own in picked]), 3),
        memory=len(recalled.memories) if recalled.answered else None,
        model=ctx.model.used,
        notes=notes,
    )


@function("creative.innovation", timeout=120)
async def innovation(input: Claims, ctx: Context) -> Judged:
    """How innovative given ideas are, 0..1, with every part of the number."""
    notes: list[str] = []
    recalled = await _recalled(ctx, input, notes)
    known = _known(input, recalled.memories)
    texts = [input.problem, *(own.text for own in known), *input.candidates]
    likeness = await _likeness(ctx, texts, notes)
    measure = Measure(likeness, input.problem, input.constraints)
    scored = await asyncio.to_thread(_scored, measure, input.candidates, known)
    _say_unchecked(input.constraints, notes)
    return Judged(
        problem=input.problem,
        mode=likeness.mode,
        candidates=scored,
        reached=sum(own.score.innovation > TARGET for own in scored),
        diversity=round(diversity(likeness, input.candidates), 3),
        memory=len(recalled.memories) if recalled.answered else None,
        model=ctx.model.used,
        notes=notes,
    )


@function("creative.brainstorming", timeout=120)
async def brainstorming(input: Storm, ctx: Context) -> Stormed:
    """Many ideas by technique, not judged; only what is too like an earlier one is left out."""
    notes: list[str] = []
    recalled = await _recalled(ctx, input, notes)
    wanted: list[Origin] = sorted(set(input.techniques), key=TECHNIQUES.index)
    share = -(-input.count * 2 // len(wanted))
    ideas = techniques.turns(_sources(input, recalled.memories, wanted), share * len(wanted))
    if "model" in wanted:
        ideas = [*await _asked(ctx, input.problem, share, notes, ()), *ideas]
    likeness = await _likeness(ctx, [input.problem, *(own.text for own in ideas)], notes)
    kept: list[str] = []
    groups: dict[Origin, list[Collected]] = {origin: [] for origin in wanted}
    dropped = 0
    for idea in ideas:
        nearest = max((likeness.like(idea.text, other) for other in kept), default=0.0)
        if nearest > SAME:
            dropped += 1
        elif len(kept) < input.count:
            kept.append(idea.text)
            groups[idea.origin].append(Collected(idea.text, idea.derivation, round(1 - nearest, 3)))
    return Stormed(
        problem=input.problem,
        mode=likeness.mode,
        groups=groups,
        total=len(kept),
        dropped=dropped,
        diversity=round(diversity(likeness, kept), 3),
        memory=len(recalled.memories) if recalled.answered else None,
        model=ctx.model.used,
        notes=notes,
    )


def _sources(
    input: Wish | Storm, memories: Sequence[Remembered], wanted: Sequence[Origin]
) -> list[Iterator[Idea]]:
    made: dict[Origin, Iterator[Idea]] = {
        "morphological": techniques.morphological(input.problem, input.parameters, input.seed),
        "scamper": techniques.scamper(input.problem, input.parameters, memories, input.seed),
        "analogy": techniques.analogies(input.problem, memories),
    }
    return [made[origin] for origin in wanted if origin in made]


def _picked(measure: Measure, ideas: Sequence[Idea], known: Sequence[Known], count: int) -> list[Candidate]:
    """The best set: the score against the likeness to what is in it already; scored anew as it grows."""
    alone = {idea.text: measure.score(idea.text, known) for idea in ideas}
    left = sorted(ideas, key=lambda idea: -alone[idea.text].innovation)
    picked: list[Candidate] = []
    nearest = dict.fromkeys((idea.text for idea in ideas), 0.0)
    while left and len(picked) < count:
        best = max(
            left,
            key=lambda idea: LIKING * alone[idea.text].innovation - (1 - LIKING) * nearest[idea.text],
        )
        left.remove(best)
        before = [Known("sibling", own.text) for own in picked]
        score = measure.score(best.text, [*known, *before])
        picked.append(Candidate(best.text, best.origin, best.derivation, score))
        for idea in left:
            nearest[idea.text] = max(nearest[idea.text], measure.likeness.like(idea.text, best.text))
    return sorted(picked, key=lambda own: -own.score.innovation)


def _scored(measure: Measure, texts: Sequence[str], known: Sequence[Known]) -> list[Scored]:
    before = [Known("sibling", text) for text in texts]
    return [Scored(text, measure.score(text, [*known, *before[:place]])) for place, text in enumerate(texts)]


def _known(input: Asked, memories: Sequence[Remembered]) -> list[Known]:
    return [
        *(Known("known", text) for text in input.known),
        *(Known("memory", memory.text, memory.id) for memory in memories),
    ]


def _say_unchecked(constraints: Sequence[Constraint], notes: list[str]) -> None:
    if not constraints:
        notes.append("no constraints declared: feasibility counts as 1 and says nothing")


async def _recalled(ctx: Context, input: Asked, notes: list[str]) -> _Consulted:
    """What memory knows of the problem, of every namespace; nothing, and a note, where it does not answer."""
    if not input.memories:
        return _Consulted([], answered=False)
    asked = {"query": input.problem, "namespace": None, "limit": input.memories}
    try:
        async with asyncio.timeout(RECALL_WITHIN):
            answer = await ctx.call(RECALL, asked, key="recall")
        found = msgspec.convert(answer["memories"], list[Remembered])
        # What reviews keep for themselves is no solution to anything.
        kept = [memory for memory in found if not memory.namespace.startswith(REVIEWS)]
        return _Consulted(kept, answered=True)
    except (RevoError, TimeoutError, msgspec.ValidationError, KeyError, TypeError) as error:
        said = f"no answer within {RECALL_WITHIN:g} s" if isinstance(error, TimeoutError) else str(error)
        notes.append(
            f"memory was not consulted: {said}; novelty is measured without it, analogies are missing"
        )
        return _Consulted([], answered=False)


async def _likeness(ctx: Context, texts: Sequence[str], notes: list[str]) -> Likeness:
    """By embeddings where a model makes them; by letters and words else, and a note where one failed."""
    if not ctx.model.embeds:
        return Lexical()
    every = list(dict.fromkeys([*texts, *BACKGROUND]))
    try:
        vectors = (await ctx.model.embed(every)).vectors
        return Semantic(dict(zip(every, vectors, strict=True)))
    except (RevoError, ValueError) as error:
        notes.append(f"embeddings failed, compared by letters and words: {error}")
        return Lexical()


async def _asked(
    ctx: Context, problem: str, count: int, notes: list[str], constraints: Sequence[Constraint]
) -> list[Idea]:
    """A model's ideas, scored like all others; none, and a note, where there is none or it fails."""
    if not ctx.model.available:
        notes.append("no language model is configured: ideas come from techniques alone")
        return []
    rules = msgspec.json.encode(constraints).decode()
    said = (
        f"Problem: {problem}\nConstraints: {rules}\n"
        f"Give {count} different solutions, one or two sentences each."
    )
    prompt = Prompt(
        [Turn("system", "You answer with concrete, unusual, workable ideas."), Turn("user", said)]
    )
    try:
        answer, reply = await ctx.model.fill(prompt, _Answer)
    except RevoError as error:
        notes.append(f"the language model gave no ideas: {error}")
        return []
    texts = [text.strip()[:2000] for text in answer.ideas[: 2 * count] if text.strip()]
    made = {"model": f"{reply.use.provider}/{reply.use.name}"}
    return [Idea(text, "model", made) for text in dict.fromkeys(texts)]


FUNCTIONS = (creative_generation, innovation, brainstorming)
