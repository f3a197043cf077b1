"""Failures are run again and shown with their values; the commit that broke something is found."""

import os
import subprocess

import pytest

from subjects.errors import ForbiddenPath, InvalidInput, NotFound

TILL = """
class Till:
    def __init__(self, rows):
        self.rows = rows
        self.long = "x" * 100_000

    def total(self, api_token="s3cr3t"):
        headers = {"Authorization": "Bearer s3cr3t"}
        return sum(row["qty"] * row["price"] for row in self.rows)


class Rude:
    def __repr__(self):
        raise RuntimeError
"""
MAIN = """
from till import Rude, Till
rude = Rude()
Till([{"qty": 1, "price": 2}, {"qty": 3}]).total()
"""


async def test_a_failing_script_shows_expression_values_and_cause_but_no_secret(boxed, project):
    report = await boxed.call(
        "debug.reproduce", {"path": project({"src/till.py": TILL, "main.py": MAIN}), "script": "main.py"}
    )
    assert (report.how, report.rate, report.exception.type) == ("exception", 1.0, "KeyError")
    inner = report.exception.frames[-1]
    assert (inner.file, inner.line, inner.expression) == ("src/till.py", 9, 'row["price"]')
    assert inner.variables["row"] == "{'qty': 3}"
    total = report.exception.frames[-2]
    assert total.variables["api_token"] == "<redacted>"
    assert total.variables["headers"] == "{'Authorization': '<redacted>'}"
    assert "RuntimeError" in report.exception.frames[0].variables["rude"]
    assert all(len(text) <= 200 for frame in report.exception.frames for text in frame.variables.values())
    assert report.causes[0].rule == "missing-key"
    assert (report.findings[0].file, report.findings[0].line) == ("src/till.py", 9)


async def test_a_test_is_observed_and_what_passes_is_said_to(boxed):
    report = await boxed.call(
        "debug.reproduce", {"path": "planted", "test": "tests/test_stock.py::test_what_is_left_of_nothing"}
    )
    assert (report.how, report.exception.type) == ("exception", "AssertionError")
    assert (report.findings[0].file, report.findings[0].line) == ("tests/test_stock.py", 12)
    report = await boxed.call(
        "debug.reproduce", {"path": "clean", "command": ["python", "-c", "import tidy"]}
    )
    assert (report.how, report.rate, report.findings) == ("passed", 0, [])
    assert report.summary == "did not fail"


@pytest.mark.parametrize(
    ("code", "how", "said"),
    [
        ("import os; os._exit(7)", "exit", "ended with exit code 7"),
        ("import sys; sys.exit(3)", "exception", "SystemExit: 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal", "SIGSEGV"),
        ("x = bytearray(64 << 30)", "exception", "MemoryError"),
        ("while True: pass", "timeout", "did not end within 2 s"),
        (
            "import os, pathlib; os.symlink('/etc/passwd', '.revo/failure.json'); os._exit(1)",
            "exit",
            "exit code 1",
        ),
        ("print('x' * 70_000_000)", "output", "wrote too much"),
    ],
)
async def test_every_kind_of_end_is_told(boxed, project, code, how, said):
    place = project({"bad.py": code})
    report = await boxed.call("debug.reproduce", {"path": place, "script": "bad.py", "seconds": 2})
    assert (report.how, report.rate) == (how, 1)
    assert said in report.summary
    assert report.findings


async def test_what_fails_only_sometimes_has_a_rate(boxed, project):
    text = "import os\nif os.path.exists('m'): raise ValueError('twice')\nopen('m', 'w').close()\n"
    report = await boxed.call(
        "debug.reproduce", {"path": project({"a.py": text}), "script": "a.py", "times": 3}
    )
    assert (report.rate, report.runs) == (0.667, {"did not fail": 1, "ValueError: twice": 2})
    assert "failed in 2 of 3 runs" in report.summary


@pytest.mark.parametrize(
    ("input", "error"),
    [
        ({}, InvalidInput),
        ({"script": "a.py", "test": "b.py"}, InvalidInput),
        ({"script": "../a.py"}, ForbiddenPath),
        ({"script": "none.py"}, InvalidInput),
    ],
)
async def test_a_scene_that_makes_no_sense_is_refused(boxed, input, error):
    with pytest.raises(error):
        await boxed.call("debug.reproduce", {"path": "planted", **input})


@pytest.fixture
def history(tmp_path):
    """A repository of six commits: the fourth cannot be tested by its script, the fifth breaks it."""
    place = tmp_path / "history"
    place.mkdir()
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}

    def git(*words):
        own = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        subprocess.run(own, cwd=place, env=quiet, check=True, capture_output=True)

    git("init", "-q")
    (place / ".git" / "hooks").mkdir(exist_ok=True)
    for number in range(1, 7):
        (place / "value").write_text("bad" if number >= 5 else "good")
        (place / "check.sh").write_text("exit 125" if number == 4 else "grep -q good value")
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", f"change {number}")
    hook = place / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\necho hooked > hooked\nexit 1\n")
    hook.chmod(0o755)
    return place


async def test_the_first_bad_commit_is_found_and_no_hook_runs(boxed, history):
    wanted = {"path": str(history), "good": "HEAD~5", "command": ["grep", "-q", "good", "value"]}
    report = await boxed.call("debug.bisect", wanted)
    assert (report.status, report.summary.partition(": ")[2]) == ("ok", "change 5")
    assert "value    | 2 +-" in report.shown
    assert [own.verdict for own in report.steps[:2]] == ["good", "bad"]
    assert len(report.commit) == 40
    assert not (history / "hooked").exists()


async def test_commits_that_cannot_be_tested_leave_suspects(boxed, history):
    report = await boxed.call(
        "debug.bisect", {"path": str(history), "good": "HEAD~5", "command": ["sh", "check.sh"]}
    )
    assert (report.status, report.commit, len(report.suspects)) == ("partial", "", 2)
    assert "skip" in {own.verdict for own in report.steps}


async def test_what_is_no_range_is_said_before_anything_is_searched(boxed, history, tmp_path):
    report = await boxed.call(
        "debug.bisect", {"path": str(history), "good": "HEAD", "command": ["sh", "check.sh"]}
    )
    assert (report.status, report.summary) == ("failed", "HEAD is bad, not good: there is nothing to search")
    with pytest.raises(InvalidInput, match="no commit"):
        await boxed.call("debug.bisect", {"path": str(history), "good": "nowhere", "command": ["true"]})
    with pytest.raises(InvalidInput):
        await boxed.call(
            "debug.bisect", {"path": str(history), "good": "--upload-pack=x", "command": ["true"]}
        )
    with pytest.raises(NotFound, match="no git repository"):
        await boxed.call("debug.bisect", {"path": "planted", "good": "HEAD~1", "command": ["true"]})
