"""How alike two texts are, 0..1: by their embeddings where there are any, by their letters and words else.

>>> lexical = Lexical()
>>> lexical.like("cache the results in Redis", "Cache the results in Redis!")
1.0
>>> lexical.like("cache the results in Redis", "in Redis, results are cached")
1.0
>>> lexical.like("cache the results in Redis", "paint the walls") < 0.1
True
"""

import math
import operator
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, Protocol

Mode = Literal["semantic", "lexical"]

_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    (
        "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "with", "from", "into", "as", "and",
        "or", "but", "not", "no", "is", "are", "be", "was", "were", "it", "its", "this", "that", "these",
        "those", "we", "you", "they", "he", "she", "i", "our", "your", "their", "can", "could", "should",
        "would", "may", "must", "will", "do", "does", "how", "what", "which", "when", "where", "who", "why",
        "so", "than", "then", "if", "there", "all", "each", "any", "some", "more", "most", "one", "out", "up",
        "make", "need", "want",
    )
)  # fmt: skip


class Likeness(Protocol):
    """How texts are compared."""

    @property
    def mode(self) -> Mode:
        """By what."""
        ...

    def like(self, one: str, other: str) -> float:
        """How alike two texts are: 1 says the same."""
        ...

    def about(self, problem: str, text: str) -> float:
        """How much of a problem a text speaks of. Only its distance from other texts means something."""
        ...


class Lexical:
    """The larger of two Jaccard indices: of character trigrams, and of word stems whatever their order.

    Words that mean the same and are written differently are different to it.
    """

    mode: Mode = "lexical"

    def like(self, one: str, other: str) -> float:
        """Jaccard index."""
        return max(_jaccard(trigrams(one), trigrams(other)), _jaccard(stems(one), stems(other)))

    def about(self, problem: str, text: str) -> float:
        """The share of the problem's trigrams, within its words that carry meaning, that the text has too."""
        own, said = trigrams(" ".join(sorted(stems(problem)))), trigrams(" ".join(sorted(stems(text))))
        return len(own & said) / len(own) if own else 0.0


class Semantic:
    """Cosine of embeddings; a text without one is an error of the caller."""

    mode: Mode = "semantic"

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self._vectors = {text: _unit(vector) for text, vector in vectors.items()}

    def like(self, one: str, other: str) -> float:
        """Cosine, at least 0."""
        cosine: float = sum(map(operator.mul, self._vectors[one], self._vectors[other]))
        return min(1.0, max(0.0, cosine))

    def about(self, problem: str, text: str) -> float:
        """Cosine."""
        return self.like(problem, text)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The words that carry meaning, without their commonest endings.

    >>> sorted(stems("How can we cache the cached results?"))
    ['cach', 'result']
    """
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP)


@lru_cache(maxsize=4096)
def trigrams(text: str) -> frozenset[str]:
    """Every three letters in a row, words kept apart by one space."""
    plain = f" {' '.join(_WORD.findall(text.lower()))} "
    return frozenset(plain[at : at + 3] for at in range(len(plain) - 2)) if plain.strip() else frozenset()


def diversity(likeness: Likeness, texts: Sequence[str]) -> float:
    """Mean distance (1 - likeness) over all pairs; 0 for fewer than two."""
    pairs = [(one, other) for place, one in enumerate(texts) for other in texts[place + 1 :]]
    return sum(1 - likeness.like(*pair) for pair in pairs) / len(pairs) if pairs else 0.0


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _unit(vector: Sequence[float]) -> tuple[float, ...]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return tuple(value / length for value in vector)
