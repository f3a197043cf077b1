"""Runs the tests of a project in a copy of it, and reads what the program `trial.py` wrote down."""

import asyncio
import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from functions import sources
from functions.agents import covered
from functions.agents.covered import Measured
from functions.agents.interpreters import Interpreter
from functions.agents.workbench import LIMITS, Workbench
from functions.context import Context
from functions.ports import Command, Outcome

PROGRAM = Path(__file__).with_name("trial.py")
MOST_READ = 64 << 20
MOST_TEXT = 3000
_ABSENT = re.compile(r"No module named '([^']+)'")

Kind = Literal["failed", "error", "collection"]


class Wish(Struct, frozen=True):
    """Which tests are to run, and how long."""

    paths: list[str] = []
    keyword: str = ""
    seconds: float = 300.0
    coverage: bool = True
    each: float = 0.0
    """Seconds for one test; 0 is no limit."""


class Failure(Struct, frozen=True):
    """A test that failed, or a file whose tests could not be collected."""

    test: Annotated[str, Meta(description="pytest's node id.")]
    kind: Kind
    file: str
    line: int
    message: str
    traceback: str = ""


class Slow(Struct, frozen=True):
    """A test, and what it took."""

    test: str
    seconds: float


class Trial(Struct):
    """What is known of a run, however it ended."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    running: dict[str, tuple[str, int]] = field(default_factory=dict)
    warnings: int = 0
    pytest: str = ""
    python: str = ""
    coverage: str = ""
    coverage_error: str = ""
    code: int | None = None
    outcome: Outcome | None = None
    hung: str = ""
    said: str = ""
    measured: Measured | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def absent(self) -> list[str]:
        """Modules that the tests needed and this interpreter has not."""
        found = (
            own for failure in self.failures for own in _ABSENT.findall(failure.message + failure.traceback)
        )
        return sorted({name.partition(".")[0] for name in found})


async def run(ctx: Context, bench: Workbench, python: Interpreter, wish: Wish) -> Trial:
    """The tests of a workbench; without the project's own options where pytest does not know them."""
    trial = await _once(ctx, bench, python, wish, [])
    if trial.code == 4 and "unrecognized arguments" in trial.said:
        again = await _once(ctx, bench, python, wish, ["-o", "addopts="])
        again.said += "\nthe project's own `addopts` were left out: pytest did not know them here"
        return again
    return trial


async def _once(ctx: Context, bench: Workbench, python: Interpreter, wish: Wish, extra: list[str]) -> Trial:
    args = [
        "-q", "--tb=short", "--show-capture=no", "-p", "no:cacheprovider", *python.without,
        "--rootdir", ".", "--continue-on-collection-errors",
        *extra, *(["-k", wish.keyword] if wish.keyword else []), *wish.paths,
    ]  # fmt: skip
    question = {
        "args": args,
        "seconds": max(wish.seconds - 1.0, wish.seconds * 0.8),
        "coverage": wish.coverage,
        "each": wish.each,
    }
    limits = msgspec.structs.replace(LIMITS, seconds=wish.seconds)
    command = Command(
        # As text: a program given by its path would put its directory, and our modules, before the project's.
        [python.path, "-c", PROGRAM.read_text("utf-8")],
        python.reads,
        bench.directory,
        msgspec.json.encode(question),
        environment(bench.directory),
        foreign=True,
        limits=limits,
    )
    await asyncio.to_thread(bench.cleared, ".revo")
    outcome = await ctx.sandbox.run(command)
    return await asyncio.to_thread(_read, bench, outcome)


def environment(directory: Path) -> dict[str, str]:
    """What Python needs for our programs: the project's modules, after those of Python itself.

    The programs take PYTHONSAFEPATH away again, from what they start.
    """
    return {"PYTHONPATH": ":".join(map(str, roots(directory))), "PYTHONSAFEPATH": "1"}


def roots(directory: Path) -> list[Path]:
    """Where a project's modules are imported from; one that is a package itself, by its name."""
    if (directory / "__init__.py").is_file():
        return [directory.parent]
    places = [directory, *members(directory)]
    return [own for place in places for own in (place, place / "src", place / "lib") if own.is_dir()]


def members(directory: Path) -> list[Path]:
    """The projects inside a project, at most three levels deep: one repository may hold several packages."""
    found: set[Path] = set()
    for level in ("*", "*/*", "*/*/*"):
        for name in ("pyproject.toml", "setup.py"):
            found.update(own.parent for own in directory.glob(f"{level}/{name}") if own.is_file())
    inside = (own for own in sorted(found) if not sources.IGNORED & {*own.relative_to(directory).parts})
    return list(itertools.islice((own for own in inside if not sources.is_test(_below(own, directory))), 50))


def _below(own: Path, directory: Path) -> str:
    return f"{own.relative_to(directory).as_posix()}/pyproject.toml"


def _read(bench: Workbench, outcome: Outcome) -> Trial:
    trial = Trial(outcome=outcome)
    trial.said = (outcome.stdout + outcome.stderr).decode("utf-8", "replace")[-4000:]
    for line in bench.made(".revo/events.jsonl", MOST_READ).splitlines():
        try:
            event: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
            _take(trial, event, bench.directory)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            continue
    trial.hung = bench.made(".revo/hung.txt", 100_000).decode("utf-8", "replace")
    for name in ("junit.xml", "coverage.json"):
        if data := bench.made(f".revo/{name}", MOST_READ):
            trial.files[name] = data
    if "coverage.json" in trial.files:
        try:
            trial.measured = covered.read(trial.files["coverage.json"])
        except msgspec.DecodeError as error:
            trial.coverage_error = f"its output cannot be read: {error}"
    return trial


def _take(trial: Trial, event: dict[str, Any], directory: Path) -> None:
    match event["event"]:
        case "pytest":
            trial.pytest, trial.python = str(event["version"]), str(event["python"])
        case "missing":
            trial.said = str(event["message"])
        case "coverage":
            trial.coverage = str(event.get("version", trial.coverage))
            trial.coverage_error = str(event.get("error", trial.coverage_error))
        case "start":
            trial.running[str(event["nodeid"])] = (str(event["file"]), int(event["line"]))
        case "report":
            _reported(trial, event, directory)
        case "collect":
            _count(trial, "collection")
            trial.failures.append(_failure(event, "collection", directory))
        case "warning":
            trial.warnings += 1
        case "end":
            trial.code = int(event["code"])
        case _:
            pass


def _reported(trial: Trial, event: dict[str, Any], directory: Path) -> None:
    test, when, outcome = str(event["nodeid"]), event["when"], event["outcome"]
    trial.seconds[test] = trial.seconds.get(test, 0.0) + float(event["seconds"])
    if when == "teardown":
        trial.running.pop(test, None)
    if outcome == "failed":
        kind: Kind = "failed" if when == "call" else "error"
        _count(trial, kind)
        trial.failures.append(_failure(event, kind, directory))
    elif outcome == "skipped" and when in ("setup", "call"):
        _count(trial, "xfailed" if event["xfail"] else "skipped")
    elif when == "call":
        _count(trial, "xpassed" if event["xfail"] else "passed")


def _count(trial: Trial, key: str) -> None:
    trial.counts[key] = trial.counts.get(key, 0) + 1


def _failure(event: dict[str, Any], kind: Kind, directory: Path) -> Failure:
    """Its place is the test's; of a file that cannot be collected, where in the project it broke."""
    file, line = str(event.get("file", event["nodeid"].partition("::")[0])), int(event.get("line", 0))
    broke = Path(str(event.get("path", "")))
    inside = broke.is_absolute() and broke.is_relative_to(directory)
    if inside and (kind == "collection" or str(broke.relative_to(directory)) == file):
        file, line = str(broke.relative_to(directory)), int(event.get("lineno") or 0)
    text = str(event.get("text", "")).replace(f"{directory}/", "")
    message = str(event.get("message", "")).replace(f"{directory}/", "").strip()
    return Failure(str(event["nodeid"]), kind, file, line, message[:1000], text[-MOST_TEXT:])


def slowest(seconds: dict[str, float], most: int = 10) -> list[Slow]:
    """The tests that took longest."""
    found = sorted(seconds.items(), key=lambda own: -own[1])[:most]
    return [Slow(test, round(spent, 3)) for test, spent in found]


def last_frames(text: str, directory: Path) -> Iterable[str]:
    """Lines of faulthandler's dump that lie in the project, innermost first."""
    return [line.strip() for line in text.splitlines() if f'"{directory}' in line]
