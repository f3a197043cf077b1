"""Findings: what makes them one, what makes them agree, and what their order is."""

import pytest

from functions.agents import reading
from functions.findings import Finding, ToolRun, at_least, counted, fingerprinted, merged, ranked, status_of


def finding(
    tool="bandit", rule="B608", severity="medium", confidence="high", file="a.py", line=1, cwe="", print=""
):
    return Finding(
        tool, rule, severity, confidence, file, line, "message", print or f"{tool}{rule}{file}{line}", 0, cwe
    )


def test_the_worst_and_surest_comes_first():
    low = finding(severity="low")
    unsure = finding(severity="high", confidence="low")
    sure = finding(severity="high", confidence="high", file="z.py")
    assert ranked([low, unsure, sure]) == [sure, unsure, low]


def test_equal_fingerprints_are_one_finding():
    assert len(merged([finding(print="x"), finding(print="x", line=9)])) == 1


def test_two_tools_that_name_one_weakness_of_one_line_agree():
    found = merged(
        [finding(cwe="CWE-259", severity="low"), finding("kingfisher", "key", "high", cwe="CWE-798")]
    )
    assert [(own.tool, own.agreed) for own in found] == [("kingfisher", ["bandit"])]


def test_two_weaknesses_of_one_line_stay_two():
    assert len(merged([finding(cwe="CWE-89"), finding("kingfisher", "key", cwe="CWE-798")])) == 2


def test_two_rules_of_one_tool_on_one_line_stay_two():
    assert len(merged([finding(cwe="CWE-78"), finding(rule="B602", cwe="CWE-78")])) == 2


def test_a_fingerprint_is_of_the_text_and_not_of_the_place():
    first = fingerprinted([finding(line=1)], {"a.py": ["eval(x)"]})[0].fingerprint
    moved = fingerprinted([finding(line=3)], {"a.py": ["", "", "   eval(x)"]})[0].fingerprint
    other = fingerprinted([finding(line=1)], {"a.py": ["eval(y)"]})[0].fingerprint
    assert first == moved != other


def test_the_second_line_of_the_same_text_has_its_own_fingerprint():
    prints = [
        own.fingerprint
        for own in fingerprinted([finding(line=1), finding(line=2)], {"a.py": ["eval(x)"] * 2})
    ]
    assert len(set(prints)) == 2


@pytest.mark.parametrize("line", [0, 1, 999])
def test_a_file_that_cannot_be_read_still_gives_fingerprints(line):
    assert len(fingerprinted([finding(line=line)], {})[0].fingerprint) == 32


def test_a_report_is_ok_only_where_every_tool_ran():
    ran, skipped = ToolRun("a", "1", "ran"), ToolRun("b", "1", "skipped")
    for bad in ("missing", "timeout", "failed", "unknown"):
        assert status_of([ran, ToolRun("c", "1", bad)]) == "partial"
        assert status_of([ToolRun("c", "1", bad)]) == "failed"
    assert status_of([ran, skipped]) == "ok"


def test_findings_are_counted_and_cut_by_severity():
    found = [finding(severity="low"), finding(severity="high"), finding(severity="info")]
    assert counted(found) == {"critical": 0, "high": 1, "medium": 0, "low": 1, "info": 1}
    assert [own.severity for own in at_least(found, "low")] == ["low", "high"]


def test_a_file_that_is_no_python_is_told_once_and_by_the_line_where_it_ends_to_be_some():
    told = [reading.unparsed("a.py", "no AST"), reading.unparsed("a.py", "invalid syntax (line 7)")]
    [one] = merged(own for each in told for own in fingerprinted([each], {"a.py": ["x"] * 9}))
    assert (one.line, one.message) == (7, "not checked, cannot be parsed: invalid syntax (line 7)")
