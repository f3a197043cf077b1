"""Keyword search: BM25 (Robertson and Zaragoza, 2009) over postings that only grow.

>>> postings = Postings()
>>> for row, text in enumerate(["a red fox", "a blue fox", "the sea"]):
...     postings.add(row, text)
>>> np.argsort(-postings.scores("blue fox"))[:2].tolist()
[1, 0]
"""

import math
from array import array
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from functions.adapters.memory.columns import Column
from functions.adapters.memory.words import words

K1 = 1.2
B = 0.75
COMMON = 0.03
"""Share of the memories above which a word only ranks those that a rarer word of the query has found."""
MANY = 1000
"""Memories from which that is worth it."""


class Postings:
    """For each word the rows that have it, and how often."""

    def __init__(self) -> None:
        self._rows: dict[str, array[int]] = {}
        self._counts: dict[str, array[int]] = {}
        self._lengths = Column(np.float32)
        self._total = 0.0

    def add(self, row: int, text: str) -> None:
        """Take in the text of the next row."""
        found = Counter(words(text))
        for word, count in found.items():
            rows = self._rows.get(word)
            if rows is None:
                rows = self._rows[word] = array("I")
                self._counts[word] = array("B")
            rows.append(row)
            self._counts[word].append(min(count, 255))
        length = float(found.total())
        self._lengths.append(length)
        self._total += length

    def scores(self, query: str) -> NDArray[np.float32]:
        """A score for each row, as a share (0..1) of the most that any text could reach."""
        lengths = self._lengths.view
        scores = np.zeros(len(lengths), dtype=np.float32)
        wanted = dict.fromkeys(words(query))
        asked = [word for word in wanted if word in self._rows]
        asked.sort(key=lambda word: len(self._rows[word]))
        most_rows = max(MANY, COMMON * len(lengths))
        found: NDArray[np.int64] | None = None
        # A word that no text has counts too: who has two words of ten has not what was asked for.
        most = (len(wanted) - len(asked)) * math.log(1 + (len(lengths) + 0.5) / 0.5) * (K1 + 1)
        for place, word in enumerate(asked):
            rows = np.frombuffer(self._rows[word], dtype=np.uint32)
            counts = np.frombuffer(self._counts[word], dtype=np.uint8)
            weight = math.log(1 + (len(lengths) - len(rows) + 0.5) / (len(rows) + 0.5))
            if place and len(rows) > most_rows:
                if found is None:
                    found = np.flatnonzero(scores)
                at = np.minimum(np.searchsorted(rows, found), len(rows) - 1)
                at = at[rows[at] == found]
                rows, counts = rows[at], counts[at]
            scores[rows] += self._gains(rows, counts) * np.float32(weight)
            most += weight * (K1 + 1)
        if most:
            scores *= np.float32(1 / most)
        return scores

    def _gains(self, rows: NDArray[np.uint32], counts: NDArray[np.uint8]) -> NDArray[np.float32]:
        lengths = self._lengths.view
        average = self._total / len(lengths) or 1.0
        norm = lengths[rows] * np.float32(K1 * B / average)
        norm += np.float32(K1 * (1 - B))
        norm += counts
        gains: NDArray[np.float32] = counts * np.float32(K1 + 1) / norm
        return gains
