"""What was measured of a project: its import graph, its complexity, its documentation."""

from typing import Annotated

from msgspec import Meta, Struct


class Import(Struct, frozen=True):
    """One module imports another."""

    importer: str
    imported: str
    line: int = 0


class Cycle(Struct, frozen=True):
    """Modules that import each other in a ring, and imports whose removal breaks it."""

    modules: list[str]
    breakers: list[Import] = []


class Module(Struct, frozen=True):
    """One module among the others."""

    name: str
    file: str
    fan_in: Annotated[int, Meta(description="Modules that import it.")]
    fan_out: Annotated[int, Meta(description="Modules that it imports.")]
    complexity: int
    lines: int

    @property
    def instability(self) -> float:
        """Share of its ties that go outward: 0 is leant upon, 1 leans on others."""
        ties = self.fan_in + self.fan_out
        return self.fan_out / ties if ties else 0.0


class HotSpot(Struct, frozen=True):
    """A function that is hard to follow."""

    function: str
    file: str
    line: int
    end_line: int
    complexity: Annotated[int, Meta(description="Cognitive complexity.")]


class Part(Struct, frozen=True):
    """One package among the others, by its ties (Robert C. Martin: instability = Ce / (Ca + Ce))."""

    name: str
    modules: int
    afferent: Annotated[int, Meta(description="Ca: modules outside that import it.")]
    efferent: Annotated[int, Meta(description="Ce: modules inside that import others.")]
    instability: Annotated[float | None, Meta(description="0 is leant upon, 1 leans; None without ties.")]


class Violation(Struct, frozen=True):
    """An import that goes against the layers that were given."""

    importer: str
    imported: str
    file: str
    line: int
    reason: str


class Churn(Struct, frozen=True):
    """A file that is hard to follow and often changed. Renames are not followed."""

    file: str
    commits: int
    complexity: int

    @property
    def score(self) -> int:
        """What such a list is ordered by."""
        return self.commits * self.complexity


class Architecture(Struct, frozen=True):
    """How the modules of a project hang together."""

    modules: int = 0
    imports: int = 0
    packages: list[str] = []
    cycles: list[Cycle] = []
    layers: Annotated[list[list[str]], Meta(description="Top first; parts of one cycle share a layer.")] = []
    central: Annotated[list[Module], Meta(description="What most others lean upon.")] = []
    hot_spots: list[HotSpot] = []
    functions: int = 0
    complexity_mean: float = 0.0
    complexity_max: int = 0
    parts: Annotated[list[Part], Meta(description="Most leant upon first.")] = []
    violations: list[Violation] = []
    churn: Annotated[list[Churn], Meta(description="Empty without git.")] = []
    advice: list[str] = []


class ModuleCoverage(Struct, frozen=True):
    """The public things of one module, and how many of them say what they are."""

    module: str
    file: str
    public: int
    documented: int


class Documentation(Struct, frozen=True):
    """How much of what is public is documented."""

    public: int = 0
    documented: int = 0
    percent: Annotated[float | None, Meta(description="None where nothing is public.")] = None
    modules: Annotated[list[ModuleCoverage], Meta(description="Those with gaps, largest gap first.")] = []


class Testing(Struct, frozen=True):
    """How the tests of a project went; None in a review that ran none."""

    counts: dict[str, int] = {}
    coverage: Annotated[float | None, Meta(description="Percent of lines and branches.")] = None
    seconds: float = 0.0
    missing: Annotated[list[str], Meta(description="Modules that the interpreter has not.")] = []


class Hot(Struct, frozen=True):
    """A function that takes much of the time."""

    function: str
    file: str
    line: int
    self_share: Annotated[float, Meta(description="Of all time, in the function itself, 0..1.")]


class Performance(Struct, frozen=True):
    """Where the time of a project's tests goes."""

    target: str = ""
    cpu_seconds: float = 0.0
    samples: int = 0
    functions: Annotated[list[Hot], Meta(description="Of the project itself, hottest first.")] = []
