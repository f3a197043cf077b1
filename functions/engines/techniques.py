"""Ways to come by ideas without a model. Each idea says which way, and from what it was made."""

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from functions.engines.likeness import stems

Origin = Literal["morphological", "analogy", "scamper", "model"]
TECHNIQUES: tuple[Origin, ...] = ("morphological", "analogy", "scamper", "model")

GENERIC: dict[str, tuple[str, ...]] = {
    "means": (
        "cache",
        "batch",
        "precompute",
        "compress",
        "split",
        "share",
        "drop what is not needed",
        "simulate",
    ),
    "moment": ("ahead of time", "on demand", "at idle hours", "continuously", "only when something changed"),
    "place": ("at the client", "at the edge", "in a queue", "beside the data", "on the device of the user"),
    "who": ("by the user", "by a rule", "by a second team", "by the system itself", "by whoever caused it"),
}
"""Options for a problem that comes without a table of its own."""

_ASKING = re.compile(
    r"^\s*(?:how\s+(?:can|could|do|should|might|would)\s+(?:we|i|you|one)|how\s+to|we\s+(?:need|want)\s+to|"
    r"find\s+(?:a\s+)?ways?\s+to|ideas?\s+(?:for|to|how\s+to))\s+",
    re.IGNORECASE,
)


class Idea(Struct, frozen=True):
    """A candidate and how it came about."""

    text: str
    origin: Origin
    derivation: Annotated[dict[str, Any], Meta(description="What it was made from, and how.")]


class Remembered(Struct, frozen=True):
    """A memory, as far as ideas are made of it."""

    id: str
    text: str
    namespace: str = ""


def focus(problem: str) -> str:
    """What is to be done, without the words that ask.

    >>> focus("How can we reduce the latency of checkout?")
    'reduce the latency of checkout'
    """
    first = re.split(r"(?<=[.?!])\s", problem.strip(), maxsplit=1)[0]
    return _ASKING.sub("", first).strip(" .?!")[:160]


def morphological(problem: str, tables: Mapping[str, Sequence[str]], seed: int) -> Iterator[Idea]:
    """One option of every table, each combination once, in an order that the seed decides (Zwicky's box).

    >>> next(morphological("shrink the image", {"how": ["strip"]}, 0)).text
    'shrink the image: strip'
    """
    goal = focus(problem)
    dice = random.Random(seed)  # noqa: S311 - the order of ideas, no secret
    given = bool(tables)
    boxes = {name: list(options) for name, options in (tables or GENERIC).items() if options}
    total = 1
    for options in boxes.values():
        total *= len(options)
    # All places where there are few, a sample where there are many: no list of a million combinations.
    picked = dice.sample(range(total), min(total, 200)) if boxes else []
    for place in picked:
        choice, rest = {}, place
        for name, options in boxes.items():
            rest, own = divmod(rest, len(options))
            choice[name] = options[own]
        table = "parameters" if given else "the generic table"
        yield Idea(
            f"{goal}: {', '.join(choice.values())}", "morphological", {"combination": choice, "from": table}
        )


def scamper(
    problem: str, tables: Mapping[str, Sequence[str]], memories: Sequence[Remembered], seed: int
) -> Iterator[Idea]:
    """Eberle's seven questions, put to the problem's own words and to what is known."""
    goal = focus(problem)
    dice = random.Random(seed)  # noqa: S311
    things = _things(problem)
    if not things:
        return
    options = [option for own in (tables or GENERIC).values() for option in own]
    known = [_clause(memory.text) for memory in memories] or options
    dice.shuffle(options)
    for turn, thing in enumerate(itertools.islice(itertools.cycle(things), max(len(things), 3))):
        option, other = options[turn % len(options)], known[turn % len(known)]
        for operator, text in _operators(goal, thing, option, other):
            derivation = {"operator": operator, "thing": thing, "option": option, "known": other}
            yield Idea(text, "scamper", derivation)


def analogies(problem: str, memories: Sequence[Remembered]) -> Iterator[Idea]:
    """What solved something else, carried over to this problem."""
    goal = focus(problem)
    for memory in memories:
        shared = sorted(stems(problem) & stems(memory.text))
        yield Idea(
            f"{goal} the way it was done elsewhere: {_clause(memory.text)}",
            "analogy",
            {
                "memory": memory.id,
                "namespace": memory.namespace,
                "shared": shared,
                "source": memory.text[:300],
            },
        )


def turns(sources: Sequence[Iterator[Idea]], most: int) -> list[Idea]:
    """The ideas of several techniques by turns, each text once."""
    found: dict[str, Idea] = {}
    left = list(sources)
    while left and len(found) < most:
        for source in list(left):
            idea = next(source, None)
            if idea is None:
                left.remove(source)
            elif len(found) < most:
                found.setdefault(idea.text.lower(), idea)
    return list(found.values())


def _operators(goal: str, thing: str, option: str, other: str) -> list[tuple[str, str]]:
    return [
        ("substitute", f"{goal}: replace the {thing} by something else, {option}"),
        ("combine", f"{goal}: join the {thing} with what is there already ({other})"),
        ("adapt", f"{goal}: treat the {thing} as in: {other}"),
        ("modify", f"{goal}: make the {thing} ten times smaller or ten times rarer, {option}"),
        ("put to another use", f"{goal}: let the {thing} serve a second purpose, {option}"),
        ("eliminate", f"{goal}: do without the {thing} altogether"),
        ("reverse", f"{goal}: turn the order around, the {thing} last instead of first"),
    ]


def _things(problem: str) -> list[str]:
    """The problem's words that carry meaning, the last ones first: objects stand there."""
    words = re.findall(r"[^\W\d_]{4,}", focus(problem))
    meant = [word for word in words if stems(word)]
    return list(dict.fromkeys(word.lower() for word in reversed(meant)))[:6]


def _clause(text: str) -> str:
    first = re.split(r"(?<=[.;!?])\s|\n", text.strip(), maxsplit=1)[0]
    return first.strip(" .;!?")[:160]
