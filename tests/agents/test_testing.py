"""What the testing agent says of a project's tests, whatever they do."""

import json

import pytest
from msgspec import structs

from functions.agents import trials
from subjects.errors import ForbiddenPath, NotFound, PayloadTooLarge, SandboxUnavailable

HOSTILE = """
import os, signal, socket
from pathlib import Path

import pytest

OUTSIDE = {outside!r}


def test_fork_bomb():
    made = 0
    with pytest.raises(OSError):
        while made < 1000:
            if os.fork() == 0:
                signal.pause()
            made += 1
    assert made < 300


def test_memory_bomb():
    with pytest.raises(MemoryError):
        bytearray(64 << 30)


def test_network():
    with pytest.raises(OSError):
        socket.create_connection(("198.51.100.7", 80), 2)


def test_shadow():
    with pytest.raises(OSError):
        Path("/etc/shadow").read_text()


def test_outside():
    with pytest.raises(OSError):
        Path(OUTSIDE, "mine").write_text("x")


def test_kill_parent():
    os.kill(os.getppid(), signal.SIGKILL)


def test_links_lead_nowhere():
    Path(".revo/junit.xml").unlink(missing_ok=True)
    Path(".revo/hung.txt").unlink()
    Path(".revo/hung.txt").symlink_to("/etc/passwd")


def test_much_output():
    print("x" * 10_000_000)
    raise AssertionError("\\x1b[2J" + "long " * 1000)
"""


async def test_a_planted_failure_is_found_with_its_line_and_coverage(boxed):
    report = await boxed.call("testing.run", {"path": "planted"})
    assert report.status == "ok"
    assert report.counts == {"passed": 2, "failed": 1}
    (failure,) = report.failures
    assert (failure.test, failure.file, failure.line) == (
        "tests/test_stock.py::test_what_is_left_of_nothing", "tests/test_stock.py", 12
    )  # fmt: skip
    assert "assert 7 == 8" in failure.message
    assert 'assert stock.left("tea") == 8' in failure.traceback
    (finding,) = report.findings
    assert (finding.rule, finding.file, finding.line) == ("test-failed", "tests/test_stock.py", 12)
    assert finding.fingerprint
    assert {"Price.rounded", "find", "reserve"} <= {own.function for own in report.coverage.functions}
    stock = next(own for own in report.coverage.files if own.file == "shop/stock.py")
    assert (stock.lines, stock.covered, stock.percent) == (3, 3, 100)
    assert [own.name for own in report.tools] == ["pytest", "coverage"]
    assert {own.name: own.media_type for own in report.artifacts} == {
        "junit.xml": "application/xml", "coverage.json": "application/json"
    }  # fmt: skip
    kept = next(own for own in report.artifacts if own.name == "coverage.json")
    assert "shop/stock.py" in json.loads(await boxed.artifacts.get(kept.ref))["files"]


async def test_a_clean_project_passes_and_is_wholly_covered(boxed):
    report = await boxed.call("testing.run", {"path": "clean"})
    assert (report.status, report.counts, report.findings) == ("ok", {"passed": 1}, [])
    assert report.coverage.percent == 100


async def test_hostile_tests_hurt_only_themselves(boxed, project, tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("safe")
    monkeypatch.setattr(trials, "LIMITS", structs.replace(trials.LIMITS, processes=40))
    broken = {"test_broken.py": b"def (", "test_nul.py": bytes(range(256)), "test_latin.py": b"x = '\xe4'"}
    place = project({"test_hostile.py": HOSTILE.format(outside=str(tmp_path)).encode(), **broken})
    report = await boxed.call("testing.run", {"path": place, "coverage": False})
    assert report.counts == {"collection": 3, "passed": 7, "failed": 1}
    assert report.status == "partial"
    assert report.tools[0].reason == "3 files could not be collected"
    assert (tmp_path / "mine").read_text() == "safe"
    assert b"root:" not in b"".join(boxed.kept.values())
    assert "test_much_output" in report.failures[-1].test


async def test_an_endless_test_is_stopped_and_named(boxed, project):
    text = "def test_first(): pass\ndef test_endless():\n    while True:\n        pass\n"
    place = project({"test_slow.py": text})
    report = await boxed.call("testing.run", {"path": place, "seconds": 3, "coverage": False})
    assert report.tools[0].status == "timeout"
    assert [own.rule for own in report.findings] == ["test-timeout"]


async def test_a_test_that_takes_too_long_fails_alone_where_each_has_its_time(boxed, project):
    place = project(
        {"test_slow.py": "def test_endless():\n    while True:\n        pass\ndef test_last(): pass\n"}
    )
    report = await boxed.call("testing.run", {"path": place, "each": 0.5, "coverage": False})
    assert (report.status, report.counts) == ("ok", {"failed": 1, "passed": 1})
    assert "longer than 0.5 s" in report.failures[0].message


async def test_a_process_that_ends_early_leaves_what_was_known(boxed, project):
    text = "import os\ndef test_fine(): pass\ndef test_exit(): os._exit(0)\ndef test_never(): pass\n"
    place = project({"test_exit.py": text})
    report = await boxed.call("testing.run", {"path": place})
    assert report.status == "partial"
    assert report.counts == {"passed": 1}
    assert "ended early with exit code 0, in test_exit.py::test_exit" in report.tools[0].reason
    assert report.tools[1].status == "unknown"
    assert [(own.rule, own.line) for own in report.findings] == [("run-ended-early", 3)]


async def test_a_project_that_is_a_package_does_not_hide_modules_of_python(boxed, project):
    text = "from project.types import two\ndef test_two(): assert two() == 2\n"
    place = project({"__init__.py": "", "types.py": "def two(): return 2\n", "test_two.py": text})
    report = await boxed.call("testing.run", {"path": place, "coverage": False})
    assert (report.status, report.counts) == ("ok", {"passed": 1})


async def test_what_is_not_installed_is_named(boxed, project):
    place = project({
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n",
        "test_a.py": "import nowhere_to_be_found\n",
        "test_b.py": "import unittest\nclass T(unittest.TestCase):\n    def test_b(self): pass\n",
    })  # fmt: skip
    report = await boxed.call("testing.run", {"path": place})
    assert report.status == "partial"
    assert report.missing == ["nowhere_to_be_found"]
    assert report.counts == {"collection": 1, "passed": 1}
    assert report.tools[0].reason == "1 file could not be collected; not installed: nowhere_to_be_found"
    assert any("give `python`" in note for note in report.notes)
    assert any("addopts" in note for note in report.notes)


async def test_packages_of_one_repository_import_each_other(boxed, project):
    place = project({
        "packages/one/pyproject.toml": "[project]\nname = 'one'\n",
        "packages/one/src/one/__init__.py": "from two import two\n",
        "packages/one/tests/test_one.py": "from one import two\ndef test_one(): assert two() == 2\n",
        "packages/two/setup.py": "",
        "packages/two/two.py": "def two(): return 2\n",
        "packages/two/tests/samples/json/pyproject.toml": "",
        "packages/two/tests/samples/json/json.py": "raise RuntimeError\n",
    })  # fmt: skip
    report = await boxed.call("testing.run", {"path": place, "coverage": False})
    assert (report.status, report.counts) == ("ok", {"passed": 1})


async def test_a_tree_that_is_too_large_is_refused_before_it_is_copied(boxed, tmp_path):
    huge = tmp_path / "huge"
    huge.mkdir()
    for number in range(110):
        with (huge / f"{number}.bin").open("wb") as file:
            file.truncate(99 << 20)
    with pytest.raises(PayloadTooLarge):
        await boxed.call("testing.run", {"path": str(huge)})


@pytest.mark.parametrize(
    ("input", "error"),
    [
        ({"paths": ["--pdb"]}, ForbiddenPath),
        ({"paths": ["../other"]}, ForbiddenPath),
        ({"paths": ["/etc"]}, ForbiddenPath),
        ({"python": "/usr/bin/python3"}, ForbiddenPath),
        ({"python": "planted/none/bin/python"}, NotFound),
    ],
)
async def test_places_outside_are_refused(boxed, input, error):
    with pytest.raises(error):
        await boxed.call("testing.run", {"path": "planted", **input})


async def test_without_a_sandbox_no_test_runs(boxed):
    boxed.sandbox = type(boxed.sandbox)("rlimits", "bubblewrap is not installed")
    with pytest.raises(SandboxUnavailable):
        await boxed.call("testing.run", {"path": "planted"})
