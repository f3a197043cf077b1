"""Layers as they should be, stability of packages, and files that are hard and often changed.

Plain values in, plain values out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from functions.agents.architecture import Measured
from functions.figures import Architecture, Churn, Part, Violation
from functions.findings import Finding
from functions.sources import is_test

MOST_LISTED = 20
MOST_PARTS = 50


def violations(measured: Measured, layers: Sequence[str]) -> tuple[list[Violation], list[str]]:
    """Imports that go upwards or between siblings, and the names in `layers` that no module has.

    Top first; a module belongs to the longest name that it begins with, others may do as they like. Names
    with | between them are siblings on one layer, which do not import each other.
    """
    place = {name.strip(): level for level, layer in enumerate(layers) for name in layer.split("|")}
    home = {module: _home(module, place) for module in measured.modules}
    found: list[Violation] = []
    for importer, imported, line in measured.imports:
        above, below = home[importer], home[imported]
        if not above or not below or above == below or place[above] < place[below]:
            continue
        same = place[above] == place[below]
        reason = f"{above} and {below} are siblings" if same else f"{below} stands above {above}"
        found.append(Violation(importer, imported, measured.modules[importer], line, reason))
    return found, sorted(set(place) - set(home.values()))


def _home(module: str, place: Iterable[str]) -> str:
    fitting = [name for name in place if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len, default="")


def findings(own: Iterable[Violation]) -> list[Finding]:
    """One for each import that goes against the layers."""
    return [
        Finding(
            "layers", "layer-violation", "medium", "high", each.file, each.line,
            f"{each.importer} imports {each.imported}, but {each.reason}",
            fix="turn the dependency round: let the upper part hand in what the lower one needs",
        )
        for each in own
    ]  # fmt: skip


def parts(measured: Measured) -> list[Part]:
    """The packages one level below the project's own, with their instability.

    Ca counts modules outside that import something inside, Ce modules inside that import something outside
    (R. C. Martin, OO Design Quality Metrics, 1994; with modules for classes). Only the project's own
    modules count.
    """
    tops = {name.partition(".")[0] for name in measured.modules}
    depth = 2 if len(tops) == 1 else 1
    part = {name: ".".join(name.split(".")[:depth]) for name in measured.modules}
    into: dict[str, set[str]] = defaultdict(set)
    out: dict[str, set[str]] = defaultdict(set)
    for importer, imported, _ in measured.imports:
        if part[importer] != part[imported]:
            into[part[imported]].add(importer)
            out[part[importer]].add(importer)
    sizes = Counter(part.values())
    found = [
        Part(name, size, len(into[name]), len(out[name]), _instability(len(into[name]), len(out[name])))
        for name, size in sizes.items()
    ]
    return sorted(found, key=lambda own: (-own.afferent, own.name))[:MOST_PARTS]


def _instability(afferent: int, efferent: int) -> float | None:
    ties = afferent + efferent
    return round(efferent / ties, 2) if ties else None


def churn(measured: Measured, changed: Iterable[Sequence[str]]) -> list[Churn]:
    """Files by complexity times commits; `changed` has the files of each commit."""
    commits = Counter(file for files in changed for file in files)
    weight: Counter[str] = Counter()
    for file, _, _, _, value in measured.functions:
        weight[file] += value
    found = [
        Churn(file, commits[file], own)
        for file, own in weight.items()
        if own and commits[file] > 1 and not is_test(file)
    ]
    return sorted(found, key=lambda own: (-own.score, own.file))[:MOST_LISTED]


def advice(own: Architecture) -> list[str]:
    """Sentences about what this module measures, each with its figure."""
    said: list[str] = []
    if own.violations:
        first = own.violations[0]
        said.append(
            f"{len(own.violations)} imports go against the layers, first {first.importer} -> "
            f"{first.imported} ({first.file}:{first.line}): {first.reason}."
        )
    if own.churn:
        top = own.churn[0]
        said.append(
            f"{top.file} is changed most for how hard it is: {top.commits} commits, complexity "
            f"{top.complexity}. Make it simpler first."
        )
    return said


def record(own: Architecture, project: str) -> str:
    """A decision record to be filled in: what was measured stands in it, what to do is for people to say."""
    measured = own.advice or ["Nothing in the figures asks for a decision."]
    leant = [part for part in own.parts if part.instability is not None][:5]
    lines = [
        f"# Structure of {project}", "", "Status: proposed", "", "## Context", "",
        f"{own.modules} modules, {own.imports} imports between them, {len(own.cycles)} import cycles.", "",
        *(f"- {sentence}" for sentence in measured), "",
    ]  # fmt: skip
    if leant:
        lines += ["| package | modules | used by | uses | instability |", "|---|---|---|---|---|"]
        lines += [
            f"| {part.name} | {part.modules} | {part.afferent} | {part.efferent} | {part.instability} |"
            for part in leant
        ] + [""]
    cuts = [
        f"- Cut {cut.importer} -> {cut.imported} (line {cut.line})"
        for ring in own.cycles
        for cut in ring.breakers
    ]
    if cuts:
        lines += ["## Cuts that would break the cycles", "", *cuts[:MOST_LISTED], ""]
    return "\n".join(
        [*lines, "## Decision", "", "(to be written)", "", "## Consequences", "", "(to be written)", ""]
    )
