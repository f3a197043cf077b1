"""Who does what in a review: the members of the team, as child tasks to be made."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from functions.sources import Sources


class Order(Struct, frozen=True):
    """A child task to be made: under which key, of what, with what."""

    key: str
    function: str
    input: dict[str, Any]


class Brief(Struct, frozen=True):
    """What the team is to look at."""

    where: dict[str, Any]
    found: Sources
    shard: int
    seconds: float
    """What the project's own code may take in each run of it; 0: none of it is run."""


def orders(brief: Brief) -> list[Order]:
    """The tasks of the whole team, the longest ones first, so that they start first."""
    # Advice on a part is no advice on the whole.
    where = {**brief.where, "model": "off"}
    return [
        Order("secrets", "security.scan", {**where, "checks": ["secrets"]}),
        Order("architecture", "architecture_advisor.analyse", where),
        Order("documentation", "documentation.coverage", where),
        Order("dependencies", "security.dependencies", brief.where),
        *_runs(brief),
        *_scans(brief, where),
    ]


def _runs(brief: Brief) -> Iterator[Order]:
    """What executes code of the project: its tests, and where their time goes."""
    tests = suite_of(brief.found)
    if not brief.seconds or not tests:
        return
    yield Order("testing", "testing.run", {**brief.where, "seconds": brief.seconds})
    workload = {"test": tests, "seconds": brief.seconds, "count_calls": False, "interval": 0.002}
    yield Order("performance", "performance_optimizer.profile", {**brief.where, **workload})


def suite_of(found: Sources) -> str:
    """The one directory that holds all tests, `.` where there are several; empty without tests.

    >>> from functions.sources import Entry
    >>> def files(*names: str) -> Sources:
    ...     return Sources(tuple(Entry(name, 1) for name in names), ())
    >>> suite_of(files("a.py", "tests/unit/test_a.py", "tests/test_b.py"))
    'tests'
    >>> suite_of(files("a.py")), suite_of(files("test_a.py", "more/test_b.py"))
    ('', '.')
    """
    folders = [PurePosixPath(name).parent for name in found.names if _holds_tests(name)]
    if not folders:
        return ""
    common = folders[0]
    while not all(folder.is_relative_to(common) for folder in folders):
        common = common.parent
    return str(common)


def _holds_tests(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.startswith("test_") or name.endswith("_test.py")


def _scans(brief: Brief, where: dict[str, Any]) -> Iterator[Order]:
    for place, files in enumerate(shards(brief.found, brief.shard)):
        yield Order(f"scan-{place}", "security.scan", {**where, "files": files, "checks": ["code"]})


def shards(found: Sources, size: int) -> list[list[str]]:
    """The files in parts of about `size`, each with about the same number of bytes, always cut alike."""
    count = -(-len(found.files) // size)
    parts: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for entry in sorted(found.files, key=lambda own: (-own.size, own.path)):
        lightest = weights.index(min(weights))
        parts[lightest].append(entry.path)
        weights[lightest] += entry.size + 500
    return [sorted(part) for part in parts]
