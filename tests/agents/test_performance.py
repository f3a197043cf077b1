"""Profiles and comparisons of real programs, in the real sandbox."""

import msgspec
import pytest

from functions.adapters.projects import LocalProjects
from subjects.errors import InvalidInput, SandboxUnavailable
from tests.agents.conftest import SAMPLES, FakeHost

PATCH = '''--- a/shop/report.py
+++ b/shop/report.py
@@ -5,3 +5,3 @@
     """How many different customers have ordered."""
-    seen = []
+    seen = set()
     for number in range(count):
@@ -9,3 +9,3 @@
         if customer not in seen:
-            seen.append(customer)
+            seen.add(customer)
     return len(seen)
'''


@pytest.fixture
async def bench(bwrap, tmp_path):
    """A worker with bubblewrap: everything here runs foreign code."""
    async with LocalProjects((tmp_path, SAMPLES)) as projects:
        yield FakeHost(bwrap, projects)


def script(tmp_path, text):
    place = tmp_path / "mine"
    place.mkdir(exist_ok=True)
    (place / "work.py").write_text(text)
    return {"path": str(place), "script": "work.py"}


async def test_the_planted_slow_loop_is_found_by_file_and_line(bench):
    report = await bench.call(
        "performance_optimizer.profile", {"path": "planted", "script": "shop/report.py"}
    )
    assert report.status == "ok"
    hot = report.metrics["functions"][0]
    assert (hot["function"], hot["file"], hot["line"], hot["calls"]) == ("distinct", "shop/report.py", 4, 1)
    assert hot["self_share"] > 0.5
    (finding,) = report.findings
    assert (finding.rule, finding.file, finding.line) == ("list-membership-in-loop", "shop/report.py", 9)
    kept = {own.name: await bench.artifacts.get(own.ref) for own in report.artifacts}
    flames = msgspec.json.decode(kept["profile.speedscope.json"])
    assert "distinct" in {frame["name"] for frame in flames["shared"]["frames"]}
    assert b"<html" in kept["profile.html"]
    assert msgspec.json.decode(kept["profile.pyinstrument.json"])["root_frame"]


async def test_a_call_that_grows_with_the_square_is_told(bench):
    input = {"path": "planted", "call": "shop.report:distinct", "args": [2000], "sizes": [1000, 2000, 4000]}
    report = await bench.call("performance_optimizer.profile", input)
    assert 1.5 < report.metrics["growth"]["exponent"] < 2.6
    assert ("quadratic-growth", "shop/report.py", 4) in {(o.rule, o.file, o.line) for o in report.findings}


async def test_memory_is_told_by_line(bench, tmp_path):
    text = "import time\nkept = [bytes(1000) for _ in range(20_000)]\ntime.sleep(0.1)\ndel kept\n"
    report = await bench.call("performance_optimizer.profile", {**script(tmp_path, text), "mode": "memory"})
    file, line, size, _ = report.metrics["held"][0]
    assert (file, line) == ("work.py", 2)
    assert 15_000_000 < size <= report.metrics["peak_bytes"] < 40_000_000
    assert report.metrics["left_bytes"] < 1_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise KeyError('gone')", "KeyError: 'gone'"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("import os; os._exit(0)", "ended the process"),
        ("import os\nos.write(1, b'{}'); os.close(1); os._exit(5)", "exit code 5"),
        ("def broken(:", "SyntaxError"),
    ],
)
async def test_a_workload_that_fails_is_told_with_its_reason(bench, tmp_path, text, said):
    report = await bench.call("performance_optimizer.profile", script(tmp_path, text))
    assert (report.status, report.tools[0].status) == ("failed", "failed")
    assert said in report.tools[0].reason


async def test_tests_that_cannot_be_collected_are_told_in_a_sentence(bench, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "test_a.py").write_text("import nowhere_to_be_found\n")
    report = await bench.call("performance_optimizer.profile", {"path": "work", "test": "test_a.py"})
    reason = report.tools[0].reason
    assert "pytest ended with exit code 2: a file could not be collected" in reason
    assert "No module named 'nowhere_to_be_found'" in reason
    assert "workload.py" not in reason


async def test_a_workload_without_end_is_stopped_and_its_profile_kept(bench, tmp_path):
    text = "def spin():\n    while True:\n        sum(range(50))\n\nspin()\n"
    report = await bench.call("performance_optimizer.profile", {**script(tmp_path, text), "seconds": 1})
    assert report.metrics["functions"][0]["function"] in ("spin", "sum")
    assert any("stopped after 1 s" in note for note in report.notes)


async def test_children_that_a_workload_leaves_behind_do_not_hold_the_answer(bench, tmp_path):
    text = "import os, time\nfor _ in range(300):\n    try:\n        if os.fork() == 0: time.sleep(1000)\n"
    text += "    except OSError:\n        break\n"
    report = await bench.call(
        "performance_optimizer.profile", {**script(tmp_path, text), "count_calls": False}
    )
    assert report.status == "ok"


async def test_a_test_can_be_profiled_by_its_id(bench, tmp_path):
    place = tmp_path / "tested"
    place.mkdir()
    (place / "test_slow.py").write_text(
        "def test_slow():\n    assert sum(i * i for i in range(300_000)) > 0\n"
    )
    report = await bench.call(
        "performance_optimizer.profile",
        {"path": str(place), "test": "test_slow.py::test_slow", "count_calls": False, "interval": 0.01},
    )
    assert any(own["file"] == "test_slow.py" for own in report.metrics["functions"])


async def test_the_mended_loop_is_faster_and_the_same_loop_is_not(bench):
    input = {"path": "planted", "command": ["python", "shop/report.py"], "runs": 5, "warmup": 0}
    mended = await bench.call("performance_optimizer.compare", {**input, "patch": PATCH})
    assert mended.metrics["verdict"] == "faster"
    assert mended.metrics["high"] < 0.98
    same = await bench.call(
        "performance_optimizer.compare", {**input, "after_command": input["command"], "least": 1}
    )
    assert same.metrics["low"] <= same.metrics["ratio"] <= same.metrics["high"]
    assert (SAMPLES / "planted" / "shop" / "report.py").read_text().count("seen = []") == 1


async def test_a_patch_that_does_not_fit_or_leads_out_is_refused(bench, tmp_path):
    outside = "--- /dev/null\n+++ b/../../out.py\n@@ -0,0 +1 @@\n+x = 1\n"
    for patch in (PATCH.replace("seen = []", "seen = ()"), outside, "nonsense"):
        report = await bench.call(
            "performance_optimizer.compare", {"path": "planted", "command": ["true"], "patch": patch}
        )
        assert (report.status, report.summary) == ("failed", "the patch does not apply")


async def test_a_command_that_fails_gives_no_verdict(bench):
    report = await bench.call(
        "performance_optimizer.compare",
        {"path": "planted", "command": ["python", "-c", "raise SystemExit('no')"], "after_command": ["true"]},
    )
    assert report.status == "failed"
    assert "before ended with exit code 1: no" in report.tools[0].reason


async def test_wrong_input_is_refused_before_anything_runs(bench):
    for wrong in (
        {},
        {"script": "../x.py"},
        {"script": "a.py", "call": "a:b"},
        {"call": "os"},
        {"script": "no.py"},
    ):
        with pytest.raises(InvalidInput):
            await bench.call("performance_optimizer.profile", {"path": "planted", **wrong})
    with pytest.raises(InvalidInput):
        await bench.call("performance_optimizer.compare", {"path": "planted", "command": ["true"]})


async def test_without_a_sandbox_nothing_runs(host):
    if host.sandbox.level == "bwrap":
        return
    with pytest.raises(SandboxUnavailable):
        await host.call("performance_optimizer.profile", {"path": "planted", "script": "shop/report.py"})
