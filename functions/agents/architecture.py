"""Figures and advice from imports and complexity. Plain values in, plain values out."""

from collections import defaultdict
from statistics import fmean
from typing import Any

from msgspec import Struct

from functions.agents import graphs
from functions.figures import Architecture, Cycle, HotSpot, Import, Module
from functions.findings import Finding, Severity

HARD = 25
"""Cognitive complexity from which a function becomes a finding."""
VERY_HARD = 60
MOST_LISTED = 20
MOST_MEMBERS = 50


class Measured(Struct, frozen=True):
    """The answer of the program `measure.py`."""

    modules: dict[str, str]
    imports: list[tuple[str, str, int]]
    functions: list[tuple[str, str, int, int, int]]
    lines: dict[str, int]
    broken: dict[str, str]
    clashes: list[str] = []
    unused: list[tuple[str, int, str]] = []
    failed: dict[str, str] = {}


def figures(measured: Measured) -> Architecture:
    """How the modules hang together."""
    graph = _graph(measured)
    cycles = [_cycle(graph, ring, measured) for ring in graphs.rings(graph)]
    complexities = [own[4] for own in measured.functions]
    hot = sorted(measured.functions, key=lambda own: (-own[4], own[0], own[2]))
    spots = [
        HotSpot(name, file, line, end, value)
        for file, name, line, end, value in hot[:MOST_LISTED]
        if value > 10
    ]
    parts = layered(measured)
    found = Architecture(
        modules=len(measured.modules),
        imports=len(measured.imports),
        packages=sorted({name.partition(".")[0] for name in measured.modules})[:MOST_MEMBERS],
        cycles=cycles[:MOST_LISTED],
        layers=graphs.layers(parts) if len(parts) <= MOST_MEMBERS else [],
        central=_central(measured),
        hot_spots=spots,
        functions=len(complexities),
        complexity_mean=round(fmean(complexities), 2) if complexities else 0.0,
        complexity_max=max(complexities, default=0),
    )
    return Architecture(**{**_fields(found), "advice": advice(found, graphs.rings(parts))})


def findings(measured: Measured) -> list[Finding]:
    """What of it somebody should look at: import cycles, and functions that are hard to follow."""
    found: list[Finding] = []
    graph = _graph(measured)
    for ring in graphs.rings(graph):
        cycle = _cycle(graph, ring, measured)
        cut = cycle.breakers[0]
        shown = " -> ".join([*ring[:6], "..."] if len(ring) > 6 else [*ring, ring[0]])
        found.append(
            Finding(
                "grimp", "import-cycle", "medium" if len(ring) > 4 else "low", "high",
                measured.modules[cut.importer], cut.line, f"{len(ring)} modules import each other: {shown}",
                fix=f"{_count(len(cycle.breakers), 'import')} to cut, first {cut.importer} -> {cut.imported}",
            )
        )  # fmt: skip
    for file, name, line, end, value in measured.functions:
        if value > HARD:
            severity: Severity = "medium" if value > VERY_HARD else "low"
            message = f"{name} is hard to follow: cognitive complexity {value}"
            found.append(
                Finding(
                    "complexipy", "complex-function", severity, "high", file, line, message,
                    end_line=end, fix="give its branches names: one function for each",
                )
            )  # fmt: skip
    return found


def dead(measured: Measured) -> list[Finding]:
    """Private names that nothing refers to."""
    return [
        Finding(
            "names", "unused-private-name", "info", "medium", file, line,
            f"{name} is private, and its name stands nowhere else in the project", fix="remove it",
        )
        for file, line, name in measured.unused
    ]  # fmt: skip


def layered(measured: Measured) -> dict[str, set[str]]:
    """The parts of the project, one level below its package or packages, and who leans on whom."""
    tops = {name.partition(".")[0] for name in measured.modules}
    depth = 2 if len(tops) == 1 else 1
    parts: dict[str, set[str]] = {_part(name, depth): set() for name in measured.modules}
    for importer, imported, _ in measured.imports:
        above, below = _part(importer, depth), _part(imported, depth)
        if above != below:
            parts[above].add(below)
    return parts


def advice(own: Architecture, tangled: list[list[str]]) -> list[str]:
    """Sentences, each with the figure that it stands on."""
    said: list[str] = []
    if own.cycles:
        worst = own.cycles[0]
        share = 100 * len(worst.modules) / max(own.modules, 1)
        said.append(
            f"{_count(len(own.cycles), 'import cycle')}; the largest holds {len(worst.modules)} modules "
            f"({share:.0f} % of all). Cutting {_count(len(worst.breakers), 'import')} would break it, "
            f"first {worst.breakers[0].importer} -> {worst.breakers[0].imported}."
        )
    if tangled and all(tangled[0] != cycle.modules for cycle in own.cycles):
        said.append(
            f"{', '.join(tangled[0][:8])} need each other: as parts they are one. Give them an order."
        )
    heavy = [spot for spot in own.hot_spots if spot.complexity > HARD]
    if heavy:
        worst_spot = heavy[0]
        said.append(
            f"{_count(len(heavy), 'function')} above a cognitive complexity of {HARD}; the hardest is "
            f"{worst_spot.function} in {worst_spot.file}:{worst_spot.line} with {worst_spot.complexity}."
        )
    hubs = [own for own in own.central if own.fan_in >= 10 and own.fan_out >= 10]
    if hubs:
        hub = hubs[0]
        said.append(
            f"{hub.name} is imported by {hub.fan_in} modules and imports {hub.fan_out}: a change there "
            "travels both ways. Split what others need from what it needs."
        )
    return said


def _central(measured: Measured) -> list[Module]:
    into: dict[str, int] = defaultdict(int)
    out: dict[str, int] = defaultdict(int)
    weight: dict[str, int] = defaultdict(int)
    for importer, imported, _ in measured.imports:
        out[importer] += 1
        into[imported] += 1
    for file, _, _, _, value in measured.functions:
        weight[file] += value
    found = [
        Module(name, file, into[name], out[name], weight[file], measured.lines.get(file, 0))
        for name, file in measured.modules.items()
        if into[name]
    ]
    return sorted(found, key=lambda own: (-own.fan_in, own.name))[:10]


def _cycle(graph: dict[str, set[str]], ring: list[str], measured: Measured) -> Cycle:
    lines = {(importer, imported): line for importer, imported, line in measured.imports}
    cuts = [Import(*cut, lines.get(cut, 0)) for cut in graphs.breakers(graph, ring)]
    return Cycle(ring[:MOST_MEMBERS], cuts[:MOST_LISTED])


def _graph(measured: Measured) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {name: set() for name in measured.modules}
    for importer, imported, _ in measured.imports:
        graph[importer].add(imported)
    return graph


def _part(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def _fields(own: Struct) -> dict[str, Any]:
    return {name: getattr(own, name) for name in own.__struct_fields__}


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
