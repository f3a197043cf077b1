"""An agent's answer as people read it."""

import io

import msgspec
from rich.console import Console

from functions.findings import Finding, Report, ToolRun
from infra import answers


def text(value):
    console = Console(file=io.StringIO(), width=100)
    console.print(answers.of(msgspec.to_builtins(value)))
    return console.file.getvalue()


def test_a_report_shows_verdict_findings_figures_and_tools():
    own = Report(
        "partial",
        "3 of 4 passed",
        [Finding("pytest", "test-failed", "high", "high", "t.py", 4, "assert 7 == 8", "f", fix="mend it")],
        [
            ToolRun("pytest", "9.2", "ran", "", 1500),
            ToolRun("coverage", "", "missing", "pip install coverage"),
        ],
        {"passed": 3, "slowest": [{"name": "t.py::a", "seconds": 1.2}]},
        ["a note"],
    )
    shown = text(own)
    head = ("3 of 4 passed", "Incomplete: coverage missing")
    body = ("t.py:4", "assert 7 == 8", "mend it", "passed 3", "- name t.py::a   seconds 1.2")
    for part in (*head, *body, "1.5 s", "pip install coverage", "a note"):
        assert part in shown, part


def test_fields_of_an_agent_s_own_are_shown_and_no_code_reaches_the_terminal():
    own = {"status": "ok", "summary": "x", "findings": [], "tools": [], "traceback": "line 1\n\x1b[2Jline 2"}
    shown = text(own)
    assert "Traceback" in shown
    assert "line 1" in shown.splitlines()[3]
    assert "\x1b" not in shown


def test_other_values_are_left_alone():
    for value in (None, 1, "text", {"status": "ok"}, {"status": 1, "summary": 2, "findings": 3, "tools": 4}):
        assert answers.of(value) is None
