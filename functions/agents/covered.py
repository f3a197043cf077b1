"""What of a project its tests ran, read from coverage.py's JSON (format 3)."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from functions.sources import is_test


class _Summary(Struct, frozen=True):
    num_statements: int = 0
    covered_lines: int = 0
    num_branches: int = 0
    covered_branches: int = 0


class _Region(Struct, frozen=True):
    summary: _Summary
    executed_lines: list[int] = []
    missing_lines: list[int] = []
    missing_branches: list[tuple[int, int]] = []
    start_line: int = 0


class _File(Struct, frozen=True):
    summary: _Summary
    functions: dict[str, _Region] = {}
    executed_lines: list[int] = []


class Measured(Struct, frozen=True):
    """The JSON report of coverage.py, as far as it is used."""

    files: dict[str, _File]


class FileCoverage(Struct, frozen=True):
    """One file. `percent` counts lines and branches together."""

    file: str
    percent: float
    lines: int
    covered: int
    branches: int
    covered_branches: int


class FunctionCoverage(Struct, frozen=True):
    """One function of a file."""

    file: str
    function: str
    line: int
    percent: float
    lines: int
    branches: int
    missing: Annotated[list[int], Meta(description="Lines that never ran.")]
    missing_branches: Annotated[
        list[tuple[int, int]], Meta(description="From line, to line; below 0 is out.")
    ] = []


class Coverage(Struct, frozen=True):
    """How much of the project ran while its tests ran. Test files do not count."""

    percent: Annotated[
        float | None, Meta(description="Lines and branches together; None where nothing counts.")
    ]
    lines: int
    covered: int
    branches: int
    covered_branches: int
    files: Annotated[list[FileCoverage], Meta(description="Least covered first.")] = []
    functions: Annotated[
        list[FunctionCoverage], Meta(description="Not wholly covered, most missing first.")
    ] = []


def read(data: bytes) -> Measured:
    """coverage.py's JSON; DecodeError where it is not that."""
    return msgspec.json.decode(data, type=Measured)


def summary(measured: Measured, most: int = 100) -> Coverage:
    """The figures of a whole project; lists are cut at `most`."""
    files = [_of(name, own.summary) for name, own in counted(measured)]
    functions = [own for own in functions_of(measured) if own.missing or own.missing_branches]
    lines, covered = sum(own.lines for own in files), sum(own.covered for own in files)
    branches, taken = sum(own.branches for own in files), sum(own.covered_branches for own in files)
    percent = round(100 * (covered + taken) / (lines + branches), 1) if lines + branches else None
    files.sort(key=lambda own: (own.percent, -own.lines, own.file))
    functions.sort(key=lambda own: (-len(own.missing), own.file, own.line))
    return Coverage(percent, lines, covered, branches, taken, files[:most], functions[:most])


def counted(measured: Measured) -> Iterator[tuple[str, _File]]:
    """The files that are no tests and hold statements."""
    for name, own in sorted(measured.files.items()):
        if not is_test(name) and own.summary.num_statements:
            yield name, own


def functions_of(measured: Measured) -> Iterator[FunctionCoverage]:
    """Every function of every file that counts."""
    for file, own in counted(measured):
        for name, region in own.functions.items():
            if name:
                found = _of(file, region.summary)
                yield FunctionCoverage(
                    file, name, region.start_line, found.percent, found.lines, found.branches,
                    region.missing_lines, region.missing_branches,
                )  # fmt: skip


def _of(file: str, own: _Summary) -> FileCoverage:
    possible = own.num_statements + own.num_branches
    percent = round(100 * (own.covered_lines + own.covered_branches) / possible, 1) if possible else 100.0
    return FileCoverage(
        file, percent, own.num_statements, own.covered_lines, own.num_branches, own.covered_branches
    )
