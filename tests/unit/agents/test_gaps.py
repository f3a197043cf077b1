"""What is not tested, from what was covered."""

import msgspec

from functions.agents import covered, gaps
from functions.findings import ToolRun


def region(run, missing, branches=0, taken=0, jumps=(), start=1):
    return {
        "summary": {
            "num_statements": len(run) + len(missing), "covered_lines": len(run),
            "num_branches": branches, "covered_branches": taken,
        },
        "executed_lines": list(run), "missing_lines": list(missing), "missing_branches": list(jumps),
        "start_line": start,
    }  # fmt: skip


def measured(files):
    rows = {}
    for name, functions in files.items():
        summary = {
            key: sum(own["summary"][key] for own in functions.values()) for key in region([], [])["summary"]
        }
        rows[name] = {"summary": summary, "functions": functions}
    return covered.read(msgspec.json.encode({"meta": {"format": 3}, "files": rows}))


MEASURED = measured(
    {
        "shop/a.py": {
            "simple": region([], [2]),
            "knotty": region([], [5, 6], branches=8, jumps=[(5, 6), (6, -4)], start=4),
            "half": region([9], [10], branches=2, taken=1, jumps=[(9, 10)]),
            "whole": region([12, 13], []),
            "_own": region([], [15]),
            "": region([1], []),
        },
        "shop/b.py": {"Thing.go": region([], [3, 4])},
        "tests/test_a.py": {"test": region([], [1])},
    }
)


def test_the_riskiest_gap_stands_first():
    found = gaps.of(MEASURED)
    assert [(own.function, own.complexity, own.risk) for own in found] == [
        ("knotty", 5, 20.0), ("half", 2, 4.0), ("Thing.go", 1, 2.0), ("simple", 1, 1.0),
    ]  # fmt: skip


def test_modules_without_any_test_and_functions_without_one_are_findings():
    report = gaps.answer(MEASURED, [ToolRun("coverage", "", "ran")], [])
    assert report.modules == ["shop/b.py"]
    assert [(own.rule, own.severity, own.line) for own in report.findings] == [
        ("untested-function", "medium", 4), ("untested-function", "low", 1), ("untested-module", "low", 0),
        ("partly-tested-function", "info", 1),
    ]  # fmt: skip
    assert "half is tested in part (50 %): lines 10 never run" in report.findings[3].message
    assert report.coverage.lines == 11


def test_nothing_measured_is_no_full_coverage():
    assert covered.summary(measured({})).percent is None
