"""Tests that are written are run before they are handed over."""

import pytest

from subjects.errors import InvalidInput

SHOP = """
def halved(number: int) -> float:
    return number / 2


def share(whole: int, parts: int) -> float:
    return whole / parts


def count(upto: int) -> int:
    while upto != 0:
        upto -= 1
    return upto


def untyped(a, b=1):
    return a


class Till:
    def close(self) -> None:
        raise SystemExit("at import nothing is closed")
"""


async def test_each_test_says_whether_it_passes_fails_or_is_to_be_written(boxed, project, monkeypatch):
    monkeypatch.setattr("functions.agents.skeletons.EACH", 1.0)
    place = project({"shop.py": SHOP, "bad.py": "import os\nos._exit(3)\n\ndef never(): pass\n"})
    wanted = [f"shop.py::{name}" for name in ("halved", "share", "count", "untyped", "Till.close")]
    report = await boxed.call("testing.skeletons", {"path": place, "functions": wanted})
    states = {own.target.partition("::")[2]: own.state for own in report.tests}
    assert states == {
        "halved": "passes", "share": "candidate", "count": "candidate",
        "untyped": "skeleton", "Till.close": "skeleton",
    }  # fmt: skip
    assert report.status == "ok"
    assert {own.rule for own in report.findings} == {"candidate-bug"}
    reasons = {own.target.partition("::")[2]: own.reason for own in report.tests}
    assert "division by zero" in reasons["share"]
    assert "longer than 1 s" in reasons["count"]
    assert len(report.artifacts) == 5
    assert b"shop.halved(number=number)" in await boxed.artifacts.get(report.artifacts[0].ref)


async def test_a_module_that_ends_the_process_is_a_failed_tool_not_a_lost_task(boxed, project):
    place = project({"bad.py": "import os\nos._exit(3)\n"})
    report = await boxed.call("testing.skeletons", {"path": place, "functions": ["bad.py::never"]})
    assert (report.status, report.tests) == ("failed", [])
    assert report.tools[0].reason == "exit code 3"


async def test_what_is_no_function_is_refused(boxed, project):
    place = project({"a.py": ""})
    for name in ("a.py", "b.py::x", "a.txt::x"):
        with pytest.raises(InvalidInput):
            await boxed.call("testing.skeletons", {"path": place, "functions": [name]})
