"""History as columns: the tasks of one function, oldest first, with what is known before a task starts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEVELS = ("agent", "model", "size", "hour")
"""What may tell one task from another, in the order in which history is divided."""
SIZES = (1e3, 1e4, 1e5, 1e6)
SIZE_NAMES = ("under 1 kB", "1 to 10 kB", "10 to 100 kB", "100 kB to 1 MB", "1 MB and more")
HOURS = ("night (0-6 UTC)", "morning (6-12 UTC)", "afternoon (12-18 UTC)", "evening (18-24 UTC)")
NONE = ""
"""The agent or model of a task that had none."""
UNKNOWN = -1
WORDS = ("causes", "parents", "priorities")
"""Columns of a Past that hold words."""


class Past(Struct, frozen=True):
    """What is remembered of a function. Milliseconds without sense are NaN, so is a price nobody knows."""

    function: str
    agents: tuple[str, ...]
    models: tuple[str, ...]
    codes: Ints
    ok: Bools
    submitted: Floats
    finished: Floats
    wait_ms: Floats
    run_ms: Floats
    usd: Floats
    attempts: Floats
    causes: tuple[str | None, ...]
    parents: tuple[str | None, ...]
    priorities: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ok)

    def part(self, chosen: NDArray[Any]) -> "Past":
        """Some of the tasks, chosen as numpy does."""
        places = np.arange(len(self))[chosen].tolist()
        own = {name: getattr(self, name) for name in self.__struct_fields__}
        own |= {name: column[chosen] for name, column in own.items() if isinstance(column, np.ndarray)}
        own |= {name: tuple(own[name][place] for place in places) for name in WORDS}
        return Past(**own)

    def code(self, agent: str | None, model: str | None, size: float | None, hour: int | None) -> Ints:
        """A question as a row of `codes`; what it does not tell, and what nobody has seen, is UNKNOWN."""
        return np.array(
            [
                self.agents.index(agent) if agent in self.agents else UNKNOWN,
                self.models.index(model) if model in self.models else UNKNOWN,
                UNKNOWN if size is None else int(np.digitize(size, SIZES)),
                UNKNOWN if hour is None else hour // 6,
            ]
        )

    def name(self, level: int, code: int) -> str:
        """A code in words."""
        return ((self.agents, self.models, SIZE_NAMES, HOURS)[level])[code]


def grouped(rows: Sequence[Sequence[Any]]) -> dict[str, Past]:
    """Rows of `history.sql`, newest first, by function and oldest first."""
    found: dict[str, list[Sequence[Any]]] = {}
    for row in reversed(rows):
        found.setdefault(row[0], []).append(row)
    return {function: _past(function, own) for function, own in found.items()}


def _past(function: str, rows: list[Sequence[Any]]) -> Past:
    ok, agents, models, sizes, submitted, started, finished, wait, run, usd, attempts, *words = zip(
        *(row[1:] for row in rows), strict=True
    )
    agent_names, agent_codes = _named(agents)
    model_names, model_codes = _named(models)
    size = _numbers(sizes)
    size_codes = np.where(np.isfinite(size) & (size >= 0), np.digitize(size, SIZES), UNKNOWN)
    hour_codes = (_numbers(started) // 3600).astype(np.int64) % 24 // 6
    return Past(
        function,
        agent_names,
        model_names,
        np.stack([agent_codes, model_codes, size_codes, hour_codes], axis=1),
        np.array(ok, dtype=bool),
        _numbers(submitted),
        _numbers(finished),
        _sane(wait),
        _sane(run),
        _sane(usd),
        _numbers(attempts),
        *(tuple(column) for column in words),
    )


def _named(values: Sequence[str | None]) -> tuple[tuple[str, ...], Ints]:
    plain = [value or NONE for value in values]
    names = tuple(sorted(set(plain)))
    places = {name: place for place, name in enumerate(names)}
    return names, np.array([places[name] for name in plain], dtype=np.int64)


def _numbers(values: Sequence[Any]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values])


def _sane(values: Sequence[Any]) -> Floats:
    numbers = _numbers(values)
    return np.where(np.isfinite(numbers) & (numbers >= 0), numbers, np.nan)
