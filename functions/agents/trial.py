"""A program of its own: runs pytest under coverage and writes down each thing that happens, as it happens.

Run as `python -c TEXT` inside the sandbox, in a copy of the project, by the interpreter that is to run the
tests. It reads `{"args": [...], "seconds": ..., "coverage": true}` from its input and imports nothing else.

What it learns goes to files below `.revo`, line by line: a test may end this process at any moment, and what
was known until then still counts.
"""

import faulthandler
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

OUT = Path(".revo")
MOST_TEXT = 6000
NOT_MEASURED = [
    "tests/*",
    "test/*",
    "*/tests/*",
    "*/test_*.py",
    "*_test.py",
    "*/conftest.py",
    "setup.py",
    ".revo/*",
]


class TookTooLong(BaseException):
    """One test ran longer than a test may. No Exception: nothing on the way to pytest is to catch it."""


class Diary:
    """A pytest plugin that writes events, and ends tests that take longer than `each` seconds."""

    def __init__(self, file: Any, each: float) -> None:
        self.file = file
        self.each = each
        if each:
            signal.signal(signal.SIGALRM, self.ring)

    def ring(self, *_: Any) -> None:
        """The time of a test is up."""
        raise TookTooLong(f"longer than {self.each:g} s")

    def write(self, kind: str, **fields: Any) -> None:
        """One line, in the file before anything else happens."""
        self.file.write(json.dumps({"event": kind, **fields}) + "\n")
        self.file.flush()

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """A test begins."""
        if self.each:
            signal.setitimer(signal.ITIMER_REAL, self.each)
        self.write("start", nodeid=nodeid, file=location[0], line=(location[1] or 0) + 1)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test has ended."""
        if self.each and report.when == "call":
            signal.setitimer(signal.ITIMER_REAL, 0)
        fields: dict[str, Any] = {
            "nodeid": report.nodeid, "when": report.when, "outcome": report.outcome,
            "seconds": report.duration, "xfail": hasattr(report, "wasxfail"),
            "file": report.location[0], "line": (report.location[1] or 0) + 1,
        }  # fmt: skip
        if report.outcome != "passed":
            fields.update(reason(report.longrepr))
        self.write("report", **fields)

    def pytest_collectreport(self, report: Any) -> None:
        """A file was collected, or could not be."""
        if report.outcome == "failed":
            self.write("collect", nodeid=report.nodeid, **reason(report.longrepr))

    def pytest_warning_recorded(self, warning_message: Any) -> None:
        """Count it."""
        self.write("warning", message=str(warning_message.message)[:200])


def reason(longrepr: Any) -> dict[str, Any]:
    """Message, place and short traceback of what went wrong."""
    if isinstance(longrepr, tuple):
        return {"message": str(longrepr[2])[:500]}
    crash = getattr(longrepr, "reprcrash", None)
    text = str(longrepr)
    lines = [line for line in text.splitlines() if line.startswith("E ")]
    message = getattr(crash, "message", "") or (lines[-1][1:].strip() if lines else text[-300:])
    found = {"message": message[:1000], "text": text[-MOST_TEXT:]}
    if crash is not None:
        found["path"], found["lineno"] = crash.path, crash.lineno
    return found


def measuring(diary: Diary) -> Any:
    """Coverage, started; None where this interpreter has none."""
    try:
        import coverage  # noqa: PLC0415 - a missing one is an answer, not a crash
    except ImportError:
        diary.write("coverage", error="missing")
        return None
    cov = coverage.Coverage(
        data_file=None,
        branch=True,
        source=[str(Path.cwd())],
        omit=NOT_MEASURED,
        config_file=False,
        messages=False,
    )
    cov.set_option("report:include_namespace_packages", True)
    cov.set_option("run:disable_warnings", ["module-not-measured", "no-data-collected", "couldnt-parse"])
    cov.start()
    diary.write("coverage", version=coverage.__version__)
    return cov


def measured(cov: Any, diary: Diary) -> None:
    """Write what was covered."""
    try:
        cov.stop()
        cov.json_report(outfile=str(OUT / "coverage.json"), ignore_errors=True)
    except Exception as error:  # noqa: BLE001 - whatever coverage raises, the tests still count
        diary.write("coverage", error=f"{type(error).__name__}: {error}"[:300])


def main() -> None:
    """Runs the tests; the exit code is pytest's."""
    os.environ.pop("PYTHONSAFEPATH", None)
    question = json.load(sys.stdin)
    OUT.mkdir(exist_ok=True)
    diary = Diary((OUT / "events.jsonl").open("a", encoding="utf-8"), float(question.get("each", 0)))
    try:
        import pytest  # noqa: PLC0415 - a missing one is an answer, not a crash
    except ImportError as error:
        diary.write("missing", message=str(error))
        os._exit(0)
    diary.write("pytest", version=pytest.__version__, python=sys.version.split()[0])
    hung = (OUT / "hung.txt").open("w", encoding="utf-8")
    faulthandler.dump_traceback_later(question["seconds"], file=hung)
    cov = measuring(diary) if question["coverage"] else None
    args = ["--junitxml", str(OUT / "junit.xml"), *question["args"]]
    code = int(pytest.main(args, plugins=[diary]))
    faulthandler.cancel_dump_traceback_later()
    if cov is not None:
        measured(cov, diary)
    diary.write("end", code=code)
    sys.stdout.flush()
    os._exit(code)  # a thread that a test left behind must not hold the run


if __name__ == "__main__":
    main()
