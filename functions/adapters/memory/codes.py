"""Search by meaning: one bit for the sign of each dimension finds candidates, exact cosines rank them.

The bits order well what real models make of real text. Of vectors that are all alike far from each other
they tell nothing: then the best stand deep among the candidates, more are taken, and in the end all.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from functions.adapters.memory.columns import Column, Mask, Rows

CANDIDATES = 400
FEW = 1000
"""Up to so many rows are compared exactly at once."""
WIDENINGS = 2
TOP = 10
EARLY = 0.5
"""The best `TOP` must stand in this first part of the candidates, else more are taken.

Half of it once they did not: then the bits are less to be trusted.
"""

Floats = NDArray[np.float32]


class Near(Struct, frozen=True):
    """Rows and their cosines, best first."""

    rows: Rows
    cosines: Floats


def unit(vector: Sequence[float] | Floats) -> Floats:
    """The vector at length one; a zero vector stays what it is."""
    made = np.asarray(vector, dtype=np.float32)
    length = float(np.linalg.norm(made))
    return made if length == 0.0 else made / length


class Space:
    """The vectors of one model. They are never compared with those of another."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._pad = -dimension % 64
        self._rows = Column(np.int64)
        self._vectors = Column(np.float16, dimension)
        # A column for each 64 dimensions: a scan reads each of them from one end to the other.
        self._codes = [Column(np.uint64) for _ in range((dimension + self._pad) // 64)]
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def add(self, row: int, vector: Floats) -> None:
        """Take in the vector (of length one) of a row."""
        self._places[row] = self._rows.append(row)
        self._vectors.append(vector)
        for column, word in zip(self._codes, self._code(vector), strict=True):
            column.append(word)

    def drop(self, row: int) -> None:
        """Overwrite the vector of a row."""
        place = self._places.pop(row, None)
        if place is not None:
            self._vectors.view[place] = 0
            for column in self._codes:
                column.view[place] = 0

    def cosines(self, vector: Floats, rows: Rows) -> Floats:
        """The cosine for each of these rows; 0 where a row has no vector here."""
        found = np.zeros(len(rows), dtype=np.float32)
        places = [(at, self._places[row]) for at, row in enumerate(rows.tolist()) if row in self._places]
        if places:
            at, place = (list(part) for part in zip(*places, strict=True))
            found[at] = self._exact(vector, np.asarray(place, dtype=np.int64))
        return found

    def nearest(self, vector: Floats, mask: Mask, most: int) -> Near:
        """The nearest rows among those of the mask, at most `most` of them."""
        places = np.flatnonzero(mask[self._rows.view])
        wanted = max(CANDIDATES, 4 * most)
        if len(places) <= max(FEW, wanted):
            return self._best(vector, places, most)
        distances = self._distances(vector, places)
        early = EARLY
        for _ in range(WIDENINGS + 1):
            if wanted >= len(places):
                break
            order = np.flatnonzero(distances <= np.partition(distances, wanted)[wanted])
            order = order[np.argsort(distances[order], kind="stable")][:wanted]
            cosines = self._exact(vector, places[order])
            best = np.argsort(-cosines, kind="stable")[:most]
            if int(best[:TOP].max()) < wanted * early:
                return Near(self._rows.view[places[order[best]]], cosines[best])
            wanted, early = 4 * wanted, EARLY / 2
        return self._best(vector, places, most)

    def _best(self, vector: Floats, places: Rows, most: int) -> Near:
        cosines = self._exact(vector, places)
        order = np.argsort(-cosines, kind="stable")[:most]
        return Near(self._rows.view[places[order]], cosines[order])

    def _exact(self, vector: Floats, places: Rows) -> Floats:
        found = np.empty(len(places), dtype=np.float32)
        # In pieces that stay in the cache: the stored half floats are made whole on the way.
        for start in range(0, len(places), 2048):
            piece = self._vectors.view[places[start : start + 2048]].astype(np.float32)
            found[start : start + 2048] = piece @ vector
        return found

    def _distances(self, vector: Floats, places: Rows) -> NDArray[np.uint16]:
        # Where most are asked about, to take their codes out first costs more than to compare all.
        whole = 2 * len(places) > len(self._rows.view)
        distances = np.zeros(len(self._rows.view) if whole else len(places), dtype=np.uint16)
        for column, word in zip(self._codes, self._code(vector), strict=True):
            codes = column.view if whole else column.view[places]
            distances += np.bitwise_count(codes ^ word)
        return distances[places] if whole and len(places) < len(distances) else distances

    def _code(self, vector: Floats) -> NDArray[np.uint64]:
        bits = np.packbits(np.pad(vector > 0, (0, self._pad)))
        return bits.view(np.uint64)
