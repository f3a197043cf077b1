"""Who does what in a review: the members of the team, as child tasks to be made."""

from collections.abc import Iterator
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


def orders(brief: Brief) -> list[Order]:
    """The tasks of the whole team, the longest ones first, so that they start first."""
    # Advice on a part is no advice on the whole.
    where = {**brief.where, "model": "off"}
    return [
        Order("secrets", "security.scan", {**where, "checks": ["secrets"]}),
        Order("architecture", "architecture_advisor.analyse", where),
        Order("documentation", "documentation.coverage", where),
        *_scans(brief, where),
    ]


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
