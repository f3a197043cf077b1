"""Who runs what in a made-up history: workers of the first host fail twice as often as others."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A function: its share of all tasks, median run in ms, how often it fails, whether it asks a model."""

    queue: str
    function: str
    share: int
    ms: float
    fails: float
    model: bool = False


KINDS = (
    Kind("security", "scan", 18, 800, 0.03),
    Kind("security", "secrets", 8, 300, 0.01),
    Kind("documentation", "coverage", 12, 250, 0.01),
    Kind("documentation", "write", 6, 4000, 0.08, model=True),
    Kind("architecture", "report", 10, 900, 0.02),
    Kind("perfect_recall", "memory_query", 22, 12, 0.004),
    Kind("perfect_recall", "memory_store", 9, 20, 0.004),
    Kind("debug", "explain", 7, 2500, 0.06, model=True),
    Kind("creative", "solve", 4, 9000, 0.12, model=True),
    Kind("parallel", "map", 4, 1500, 0.02),
)
CAUSES = (
    ("timeout", "it ran longer than it may"),
    ("function_failed", "ValueError: no such file in the project"),
    ("unavailable", "the model did not answer"),
    ("sandbox_unavailable", "no sandbox on this host"),
    ("function_failed", "KeyError: 'version'"),
)
HOSTS = tuple(f"node-{number}" for number in range(1, 5))
WORKERS = tuple(f"w-{number:012x}" for number in range(12))
TENANTS = (None, "web", "ci", "nightly", "team-red", "team-blue", "batch", "mobile")
AGENTS = (None, None, None, "reviewer", "auditor", "writer", "fixer", "scout", "planner")
MODELS = (("near", "small", True, 0.0), ("far", "big", False, 9e-6), ("far", "new", False, None))
