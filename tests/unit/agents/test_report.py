"""A review as people and machines read it."""

import io
import json

import msgspec
import pytest
from rich.console import Console

from functions.engines.reviews import Metrics, Part, Review, SandboxUsed
from functions.figures import Architecture, Cycle, Documentation, HotSpot, Import
from functions.findings import Finding, ToolRun, counted
from infra import sarif
from infra.report import render

FINDINGS = [
    Finding(
        "kingfisher", "key", "high", "high", "a b.py", 3, "secret", "f1", cwe="CWE-798", agreed=["bandit"]
    ),
    Finding(
        "bandit", "B608-sql", "medium", "low", "pkg/ä.py", 7, "injection", "f2", 9, "CWE-89", "parameters"
    ),
    Finding("python", "unparsable-file", "medium", "high", "bad.py", 0, "not checked", "f3"),
]


def review(**changes):
    own = Review(
        project="shop", status="ok", summary="", counts=counted(FINDINGS), files=3, bytes=10, seconds=1.25,
        findings=FINDINGS, agreed=1, tools=[ToolRun("bandit", "1.9.4", "ran", "", 1200)],
        parts=[Part("scan-0", "security.scan", "ok", "", 1.0)],
        metrics=Metrics(
            Architecture(
                modules=2, imports=2, cycles=[Cycle(["a", "b"], [Import("a", "b", 1)])],
                hot_spots=[HotSpot("f", "a.py", 1, 9, 30)], advice=["Cut it."],
            ),
            Documentation(4, 3, 75.0),
        ),
        sandbox=SandboxUsed("bwrap", ""), notes=["1 file not read, a symbolic link: x.py"],
    )  # fmt: skip
    return msgspec.structs.replace(own, **changes)


def shown(own, width=100, **options):
    out = io.StringIO()
    Console(file=out, width=width, **options).print(render(own))
    return out.getvalue()


def test_the_first_line_is_the_verdict():
    assert shown(review()).splitlines()[0].startswith("1 to fix now  shop  3 files in 1.2 s")
    nothing = review(findings=[], counts=counted([]))
    assert shown(nothing).startswith("Clean")
    assert shown(msgspec.structs.replace(nothing, files=0)).startswith("Nothing to review: no Python file")


def test_what_did_not_run_is_loud_and_nothing_is_called_clean():
    missing = ToolRun("kingfisher", "", "missing", "not installed: pip install x")
    text = shown(review(findings=[], counts=counted([]), status="partial", tools=[missing]))
    assert "Clean" not in text
    assert "Incomplete: kingfisher missing" in text
    assert "MISSING" in text
    assert "pip install x" in text


def test_a_part_that_failed_stands_among_the_tools():
    failed = Part("documentation", "documentation.coverage", "failed", "", 1.0, "its worker burnt down")
    text = shown(review(status="partial", parts=[failed]))
    assert "part documentation failed" in text
    assert "its worker burnt down" in text


def test_every_section_says_its_figures():
    text = shown(review())
    for words in ("a b.py:3", "kingfisher + bandit", "2 modules", "1 cycle", "a -> b -> a", "75 %", "3 of 4",
                  "bandit 1.9.4", "bubblewrap", "symbolic link", "Cut it."):  # fmt: skip
        assert words in text


def test_a_weak_sandbox_says_why_and_what_mends_it():
    text = shown(
        review(sandbox=SandboxUsed("rlimits", "bubblewrap is not installed: apt install bubblewrap"))
    )
    assert "rlimits only" in text
    assert "apt install bubblewrap" in text


@pytest.mark.parametrize("width", [30, 60, 200])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(len(line) for line in shown(review(), width).splitlines()) <= width


def test_there_are_no_colours_outside_a_terminal_and_some_in_it():
    assert "\x1b" not in shown(review())
    assert "\x1b[" in shown(review(), force_terminal=True, color_system="standard")


def test_a_file_name_cannot_command_the_terminal():
    evil = msgspec.structs.replace(FINDINGS[0], file="a\x1b[2J\r\x07.py", message="[bold]x[/bold]\x9b")
    text = shown(review(findings=[evil]))
    assert not {"\x1b", "\r", "\x07", "\x9b"} & set(text)
    assert "[bold]x[/bold]" in text


def test_only_the_most_wanted_findings_are_listed():
    out = io.StringIO()
    Console(file=out, width=100).print(render(review(), most=1))
    assert "and 2 more" in out.getvalue()


def test_a_sarif_result_has_place_level_and_fingerprint():
    run = sarif.document(review(), "1.0")["runs"][0]
    first, second, third = run["results"]
    assert first["level"] == "error"
    assert first["partialFingerprints"] == {"revoagent/v1": "f1"}
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.py"
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "endLine": 9}
    assert "region" not in third["locations"][0]["physicalLocation"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_says_that_a_tool_did_not_run():
    missing = ToolRun("kingfisher", "", "missing", "not installed")
    invocation = sarif.document(review(status="partial", tools=[missing]), "1.0")["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert (
        invocation["toolExecutionNotifications"][0]["message"]["text"] == "kingfisher missing: not installed"
    )


def test_sarif_is_json():
    assert json.loads(json.dumps(sarif.document(review(), "1.0")))["version"] == "2.1.0"
