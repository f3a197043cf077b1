"""Memories put together for a reader: alike ones merged, all of it within a budget of characters."""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from functions.ports.memory import Mode, Recalled, Recollection

ALIKE = 0.8
"""Share of common words (Jaccard) from which two texts are one passage."""

_WORD = re.compile(r"\w+")


class Citation(Struct, frozen=True):
    """Which memory says so."""

    id: str
    namespace: str
    source: str
    created_at: datetime


class Passage(Struct, frozen=True):
    """A text, the best of those that say the same, with all that do."""

    text: str
    score: float
    citations: list[Citation]


class Passages(Struct, frozen=True):
    """The passages that fit the budget, best first; `left_out` did not."""

    passages: list[Passage]
    characters: int
    left_out: int
    semantic: bool
    mode: Mode
    took_ms: float


class Context(Struct, frozen=True):
    """What to hand to a model: `text` is the memories, oldest first, a paragraph each."""

    text: str
    memories: list[Recollection]
    characters: int
    left_out: int
    semantic: bool
    mode: Mode
    took_ms: float


def merged(answers: Sequence[Recalled], limit: int, budget: int) -> Passages:
    """The answers of several namespaces as one."""
    memories = sorted((own for answer in answers for own in answer.memories), key=lambda own: -own.score)
    passages: list[Passage] = []
    words: list[set[str]] = []
    for own in memories:
        said = _words(own.text)
        cited = Citation(own.id, own.namespace, own.source, own.created_at)
        twin = next((place for place, other in enumerate(words) if _alike(said, other)), None)
        if twin is None:
            passages.append(Passage(own.text, own.score, [cited]))
            words.append(said)
        else:
            known = passages[twin]
            passages[twin] = structs.replace(known, citations=[*known.citations, cited])
    kept: list[Passage] = []
    room = budget
    for passage in passages:
        text = _fitting(passage.text, room, first=not kept)
        if len(kept) < limit and text:
            kept.append(structs.replace(passage, text=text))
            room -= len(text)
    return Passages(
        passages=kept,
        characters=budget - room,
        left_out=len(passages) - len(kept),
        semantic=all(answer.semantic for answer in answers),
        mode=answers[0].mode,
        took_ms=round(sum(answer.took_ms for answer in answers), 3),
    )


def gathered(answer: Recalled, budget: int) -> Context:
    """One answer as the context of a conversation."""
    kept: list[Recollection] = []
    room = budget
    for own in answer.memories:
        # Each but the first costs an empty line too.
        line = 2 if kept else 0
        text = _fitting(own.text, room - line, first=not kept)
        if text:
            kept.append(structs.replace(own, text=text))
            room -= len(text) + line
    kept.sort(key=lambda own: own.created_at)
    return Context(
        text="\n\n".join(own.text for own in kept),
        memories=kept,
        characters=budget - room,
        left_out=len(answer.memories) - len(kept),
        semantic=answer.semantic,
        mode=answer.mode,
        took_ms=answer.took_ms,
    )


def _fitting(text: str, room: int, *, first: bool) -> str:
    """The text where there is room for it; the first one is cut at a word rather than left out."""
    if len(text) <= room:
        return text
    return text[: room - 1].rsplit(None, 1)[0] + "…" if first else ""


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _alike(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= ALIKE * max(1, len(one | other))
