"""What a profile means: hot functions, hot lines, and what is written there. Plain values in and out."""

import math
from typing import Annotated

from msgspec import Meta, Struct

from functions.findings import Finding, Severity

LISTED = 25
HOT = 0.05
"""Share of all time from which a line counts as hot."""
VERY_HOT = 0.30
LEAST_SAMPLES = 50
"""Below so many samples shares are a guess, and the report says so."""


class HotFunction(Struct, frozen=True):
    """A function, by the time in it."""

    function: str
    file: Annotated[str, Meta(description="Path below the project; <...> is a library.")]
    line: int
    self_share: Annotated[float, Meta(description="Of all time, in the function itself, 0..1.")]
    total_share: Annotated[float, Meta(description="Of all time, callees included, 0..1.")]
    calls: Annotated[int | None, Meta(description="In one run; None where it was not counted.")] = None


class HotLine(Struct, frozen=True):
    """A line of the project, by the time in it; libraries called from it count as its own.

    The sampler is woken by calls and returns: inside one function, the time of a line without a call is
    seen at the next line that has one. So findings go by loops, and by lines only where it is told so.
    """

    file: str
    line: int
    self_share: float
    total_share: float


class Growth(Struct, frozen=True):
    """How a call's processor time grows with its argument n, as n to the power of `exponent`."""

    sizes: list[int]
    seconds: list[float]
    exponent: float


class Profiled(Struct, frozen=True):
    """The answer of the program `profiled.py`."""

    error: str = ""
    stopped: bool = False
    walls: list[float] = []
    samples: int = 0
    cpu: float = 0.0
    seconds: float = 0.0
    functions: list[tuple[str, str, int, float, float]] = []
    lines: list[tuple[str, int, float, float]] = []
    calls: list[tuple[str, str, int, int]] = []
    growth: list[tuple[int, float]] = []
    rendered: dict[str, str] = {}
    peak: int = 0
    left: int = 0
    held: list[tuple[str, int, int, int]] = []


Rules = dict[str, list[tuple[str, int, int, str, int, int]]]
"""The answer of the program `hotloops.py`: rule, first and last line, name, lines of the loop, by file."""

_SAID = {
    "list-membership-in-loop": (
        "`in {0}` looks through a list in each turn: the time grows with the square",
        "keep a set beside the list, or a dict, and look in that",
    ),
    "list-search-in-loop": (
        "{0} looks through a list in each turn: the time grows with the square",
        "keep a dict from value to place",
    ),
    "list-front-in-loop": (
        "{0} loses or gains its first item, which moves all others",
        "use collections.deque",
    ),
    "list-copied-in-loop": ("{0} = {0} + ... copies the whole list in each turn", "append or extend"),
    "string-concatenation-in-loop": (
        "{0} += ... may copy the whole text in each turn",
        "collect the parts, then join",
    ),
    "regex-compiled-in-loop": ("{0} is called in each turn", "compile once, outside"),
    "sorted-in-loop": ("{0} is sorted again in each turn", "sort once outside, or keep a heap or bisect"),
    "deepcopy-in-loop": ("{0} in each turn", "copy what changes, or make it immutable"),
    "file-opened-in-loop": ("{0} in each turn", "open once, or read all of it before the loop"),
    "query-in-loop": ("{0} asks once for each item (N+1)", "ask for all of them in one query"),
    "process-in-loop": ("{0} starts a process in each turn", "start one for all items"),
    "nested-loop": (
        "a loop over {0} inside a loop over {0}: the time grows with the square",
        "index it by key first",
    ),
}  # fmt: skip


def functions_of(own: Profiled) -> list[HotFunction]:
    """The hottest functions, by their own time first."""
    calls = {(name, file, line): count for name, file, line, count in own.calls}
    rows = [
        HotFunction(name, file, line, round(alone, 4), round(total, 4), calls.get((name, file, line)))
        for name, file, line, alone, total in own.functions
    ]
    return sorted(rows, key=lambda row: (-row.self_share, -row.total_share))[:LISTED]


def lines_of(own: Profiled) -> list[HotLine]:
    """The hottest lines of the project."""
    rows = [HotLine(file, line, round(alone, 4), round(total, 4)) for file, line, alone, total in own.lines]
    return sorted(rows, key=lambda row: (-row.self_share, -row.total_share))[:LISTED]


def growth_of(points: list[tuple[int, float]]) -> Growth | None:
    """The exponent of the power law that fits best: the slope of the regression of log t over log n.

    >>> growth_of([(100, 0.01), (200, 0.04)]).exponent
    2.0
    >>> growth_of([(100, 0.0001), (200, 0.0004)]) is None  # too short to tell
    True
    """
    if len(points) < 2 or points[-1][1] < 0.005:
        return None
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(max(seconds, 1e-9)) for _, seconds in points]
    middle, height = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    slope = sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / spread
    return Growth([size for size, _ in points], [round(own, 6) for _, own in points], round(slope, 2))


def findings_of(own: Profiled, rules: Rules, growth: Growth | None, target: str) -> list[Finding]:
    """What is slow where, for lines in which time was seen; and growth that will hurt."""
    found: list[Finding] = []
    for file, rows in rules.items():
        for rule, first, last, about, begin, end in rows:
            hot = sum(alone for name, line, alone, _ in own.lines if name == file and begin <= line <= end)
            if hot >= HOT / 5:
                found.append(_finding(rule, file, (first, last), about, hot))
    if growth is not None and growth.exponent >= 1.7:
        name = target.rpartition(":")[2].rpartition(".")[2]
        file, line = next(((row[1], row[2]) for row in own.functions if row[0] == name), ("", 0))
        found.append(
            Finding(
                "growth", "quadratic-growth", "medium", "high", file, line,
                f"{target} takes n^{growth.exponent:g}: {growth.seconds[0]:.3g} s for n={growth.sizes[0]}, "
                f"{growth.seconds[-1]:.3g} s for n={growth.sizes[-1]}",
                fix="see the hot lines: something is looked through in each turn",
            )
        )  # fmt: skip
    return found


def _finding(rule: str, file: str, lines: tuple[int, int], about: str, hot: float) -> Finding:
    message, fix = _SAID[rule]
    severity: Severity = "medium" if hot >= VERY_HOT else "low" if hot >= HOT else "info"
    return Finding(
        "hotloops", rule, severity, "high" if hot >= HOT else "medium", file, lines[0],
        f"{message.format(about)}; {100 * hot:.0f} % of the time was seen in this loop",
        end_line=lines[1], fix=fix,
    )  # fmt: skip
