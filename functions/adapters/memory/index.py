"""All memories as one worker searches them: columns, postings, and a space of vectors for each model."""

import numpy as np
from msgspec import Struct

from functions.adapters.memory.codes import Floats, Space, unit
from functions.adapters.memory.columns import Columns, Rows
from functions.adapters.memory.entry import Body, Facts, Filter
from functions.adapters.memory.postings import Postings

POOL = 100
"""Candidates of each kind that are ranked together, at least."""


class Asked(Struct, frozen=True):
    """A question as the index takes it: a text, a vector of a model, or both."""

    filter: Filter
    limit: int
    now: float
    half_life: float
    text: str | None = None
    vector: Floats | None = None
    model: str = ""


class Hit(Struct, frozen=True):
    """A row that fits, and why."""

    row: int
    score: float
    keyword: float | None
    semantic: float | None
    decay: float


class Index:
    """What is remembered, in memory. Not safe for threads: one loop uses it."""

    def __init__(self) -> None:
        self.columns = Columns()
        self._postings = Postings()
        self._spaces: dict[str, Space] = {}

    def add(self, facts: Facts, body: Body, sequence: int) -> int | None:
        """Take a memory in; the sequence of the one that it replaces, or None."""
        old = self.columns.rows.get((facts.namespace, facts.id))
        replaced = None if old is None else self.columns.sequences[old]
        if old is not None:
            self.drop(old)
        row = self.columns.add(facts, sequence)
        self._postings.add(row, body.text)
        if body.vector:
            vector = np.frombuffer(body.vector, dtype=np.float16).astype(np.float32)
            space = self._spaces.setdefault(body.model, Space(len(vector)))
            if space.dimension == len(vector):
                space.add(row, unit(vector))
        return replaced

    def drop(self, row: int) -> None:
        """Take a memory out."""
        if self.columns.drop(row):
            for space in self._spaces.values():
                space.drop(row)

    def embedded(self, model: str) -> int:
        """How many memories have a vector of this model."""
        space = self._spaces.get(model)
        return 0 if space is None else len(space)

    def dimension(self, model: str) -> int | None:
        """The dimension of a model's vectors; None where there are none."""
        space = self._spaces.get(model)
        return None if space is None else space.dimension

    def search(self, asked: Asked) -> list[Hit]:
        """The best rows for a question."""
        mask = self.columns.mask(asked.filter)
        pool = max(POOL, 4 * asked.limit)
        space = self._spaces.get(asked.model)
        found: list[Rows] = []
        words = None
        if asked.text is not None:
            words = self._postings.scores(asked.text)
            words *= mask
            rows = np.flatnonzero(words)
            if len(rows) > pool:
                rows = rows[np.argpartition(-words[rows], pool)[:pool]]
            found.append(rows)
        if asked.vector is not None and space is not None:
            found.append(space.nearest(asked.vector, mask, pool).rows)
        if not found:
            return []
        rows = np.unique(np.concatenate(found))
        keyword = None if words is None else words[rows]
        semantic = None if asked.vector is None or space is None else space.cosines(asked.vector, rows)
        return self._ranked(asked, rows, keyword, semantic)

    def _ranked(self, asked: Asked, rows: Rows, keyword: Floats | None, semantic: Floats | None) -> list[Hit]:
        relevance: Floats
        if keyword is not None and semantic is not None:
            relevance = (keyword + np.maximum(semantic, 0)) * np.float32(0.5)
        elif keyword is not None:
            relevance = keyword
        else:
            assert semantic is not None
            relevance = np.maximum(semantic, 0)
        age = np.maximum(0.0, asked.now - self.columns.created.view[rows])
        freshness = np.maximum(0.5, np.exp2(-age / asked.half_life)).astype(np.float32)
        decay = (self.columns.importance.view[rows] + 0.5) * freshness
        score = relevance * decay
        order = np.argsort(-score, kind="stable")[: asked.limit]
        return [
            Hit(
                row=int(rows[at]),
                score=float(score[at]),
                keyword=None if keyword is None else float(keyword[at]),
                semantic=None if semantic is None else float(semantic[at]),
                decay=float(decay[at]),
            )
            for at in order.tolist()
        ]
