"""A program of its own: a workload run under a profiler, and what was seen, as JSON.

Run as `python -I profiled.py` inside the sandbox, in a copy of the project that it may fill. It imports
nothing of ours. What the workload prints goes to the error stream; the answer alone goes to the output.
"""

import contextlib
import cProfile
import importlib.util
import json
import math
import os
import runpy
import sys
import threading
import time
import traceback
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

Question = dict[str, Any]
Place = tuple[str, int]
MOST_ROWS = 40
MOST_RENDERED = 8 << 20

if TYPE_CHECKING:
    from functions.agents import workload
else:
    _spec = importlib.util.spec_from_file_location("workload", Path(__file__).with_name("workload.py"))
    workload = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(workload)

SKIPPED = ("<frozen ", runpy.__file__, __file__, str(Path(__file__).with_name("workload.py")))
"""Files of frames that only pass a call on: the import system, and what starts a script."""


def profile(question: Question, run: Callable[[], Any]) -> dict[str, Any]:
    """Where the time went: functions, lines, and the profile in three forms."""
    from pyinstrument import Profiler, renderers  # noqa: PLC0415 - a missing one is an answer, not a crash

    walls: list[float] = []
    error, stopped = "", False
    profiler = Profiler(interval=question["interval"], async_mode="enabled")
    profiler.start()
    try:
        with workload.bounded(question["seconds"]):
            for _ in range(question["repeat"]):
                begun = time.perf_counter()
                error = workload.once(run)
                walls.append(time.perf_counter() - begun)
                if error:
                    break
    except workload.TimeUp:
        stopped = True
    session = profiler.stop()
    rows = Rows(Path.cwd())
    for stack, spent in session.frame_records:
        rows.add(stack, spent)
    rendered = {
        "profile.speedscope.json": renderers.SpeedscopeRenderer().render(session),
        "profile.html": renderers.HTMLRenderer().render(session),
        "profile.pyinstrument.json": renderers.JSONRenderer().render(session),
    }
    return {
        "walls": walls, "error": error, "stopped": stopped, "samples": len(session.frame_records),
        "cpu": session.cpu_time, **rows.answer(),
        "rendered": {name: text for name, text in rendered.items() if len(text) <= MOST_RENDERED},
    }  # fmt: skip


class Rows:
    """Time by function and by line of the project."""

    def __init__(self, directory: Path) -> None:
        self.directory = f"{directory}{os.sep}"
        self.total: dict[tuple[str, str, int], float] = defaultdict(float)
        self.self: dict[tuple[str, str, int], float] = defaultdict(float)
        self.line_total: dict[Place, float] = defaultdict(float)
        self.line_self: dict[Place, float] = defaultdict(float)
        self.all = 0.0

    def add(self, stack: list[str], spent: float) -> None:
        """One sample."""
        frames = [own for own in map(self._frame, stack) if own is not None]
        if not frames:
            return
        self.all += spent
        for key in {frame[:3] for frame in frames}:
            self.total[key] += spent
        self.self[frames[-1][:3]] += spent
        own = [(file, line) for _, file, _, line in frames if not file.startswith("<")]
        for place in set(own):
            self.line_total[place] += spent
        if own:
            self.line_self[own[-1]] += spent

    def _frame(self, identifier: str) -> tuple[str, str, int, int] | None:
        head, *extras = identifier.split("\1")
        name, file, first = [*head.split("\0"), "", ""][:3]
        if file in ("", "<thread>") or not first.isdigit() or file.startswith(SKIPPED):
            return None
        line = next((int(own[1:]) for own in extras if own[:1] == "l" and own[1:].isdigit()), int(first))
        if file.startswith(self.directory):
            return name, file.removeprefix(self.directory), int(first), line
        short = file.partition("site-packages/")[2] or "/".join(file.strip("<>").rsplit("/", 2)[-2:])
        return name, f"<{short}>", int(first), line

    def answer(self) -> dict[str, Any]:
        """The largest rows, as shares of all time that was seen."""
        whole = self.all or 1.0
        keys = sorted(self.total, key=lambda own: (-self.self[own], -self.total[own]))[:MOST_ROWS]
        keys += sorted(self.total, key=lambda own: -self.total[own])[:MOST_ROWS]
        places = sorted(self.line_self, key=lambda own: -self.line_self[own])[:MOST_ROWS]
        places += sorted(self.line_total, key=lambda own: -self.line_total[own])[:MOST_ROWS]
        return {
            "seconds": self.all,
            "functions": [
                [*key, self.self[key] / whole, self.total[key] / whole] for key in dict.fromkeys(keys)
            ],
            "lines": [
                [*place, self.line_self[place] / whole, self.line_total[place] / whole]
                for place in dict.fromkeys(places)
            ],
        }


def calls(run: Callable[[], Any], seconds: float) -> list[list[Any]]:
    """How often each function of the project was called in one more run; empty where that takes too long."""
    counter = cProfile.Profile()
    directory = f"{Path.cwd()}{os.sep}"
    try:
        with workload.bounded(seconds):
            counter.enable()
            workload.once(run)
    except workload.TimeUp:
        return []
    finally:
        counter.disable()
    found: list[list[Any]] = []
    for entry in counter.getstats():
        code: Any = entry.code
        if not isinstance(code, str) and code.co_filename.startswith(directory):
            file = code.co_filename.removeprefix(directory)
            found.append([code.co_name, file, code.co_firstlineno, entry.callcount])
    return found


def growth(question: Question) -> list[list[float]]:
    """The least of three processor times for each size, of `call(n)` by itself, with no profiler.

    Processor time and not the clock's: other work on the machine must not look like growth.
    """
    own = workload.named(question["target"])
    found: list[list[float]] = []
    try:
        with workload.bounded(question["seconds"]):
            for size in question["sizes"]:
                best = math.inf
                for _ in range(3):
                    begun = time.process_time()
                    if workload.once(lambda size=size: workload.finished(own(size))):  # type: ignore[misc]
                        return []
                    best = min(best, time.process_time() - begun)
                found.append([size, best])
    except workload.TimeUp:
        pass
    return found


def memory(question: Question, run: Callable[[], Any]) -> dict[str, Any]:
    """The most memory in use, and which lines held it then; looked at every 20 ms."""
    highest: list[tracemalloc.Snapshot] = []
    over = threading.Event()
    error, stopped = "", False
    directory = f"{Path.cwd()}{os.sep}"

    def watch() -> None:
        seen = 64 << 10
        while not over.wait(0.02):
            now = tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0
            if now > seen * 1.2:
                seen = now
                highest[:] = [tracemalloc.take_snapshot()]

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    tracemalloc.start(1)
    begun = time.perf_counter()
    try:
        with workload.bounded(question["seconds"]):
            error = workload.once(run)
    except workload.TimeUp:
        stopped = True
    wall = time.perf_counter() - begun
    left, peak = tracemalloc.get_traced_memory()
    over.set()
    watcher.join(5)
    found = _held(highest[0] if highest else tracemalloc.take_snapshot(), directory)
    tracemalloc.stop()
    return {"walls": [wall], "error": error, "stopped": stopped, "peak": peak, "left": left, "held": found}


def _held(snapshot: tracemalloc.Snapshot, directory: str) -> list[list[Any]]:
    mine = (tracemalloc.Filter(False, __file__), tracemalloc.Filter(False, tracemalloc.__file__))
    rows = snapshot.filter_traces(mine).statistics("lineno")[:MOST_ROWS]
    return [
        [
            frame.filename.removeprefix(directory)
            if frame.filename.startswith(directory)
            else f"<{'/'.join(frame.filename.strip('<>').rsplit('/', 2)[-2:])}>",
            frame.lineno, row.size, row.count,
        ]
        for row in rows
        for frame in row.traceback
    ]  # fmt: skip


def main() -> None:
    """Reads the question, runs the workload, prints the answer."""
    question: Question = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - the workload's, to the end
    sys.path[:0] = [str(Path.cwd() / root) for root in question["roots"]]
    answer: dict[str, Any] = {}
    try:
        with workload.bounded(question["seconds"]):
            run = workload.runner(question)
    except BaseException:  # noqa: BLE001 - the workload's own code runs when it is imported
        answer["error"] = traceback.format_exc(limit=-4)[-2000:]
    else:
        if question["mode"] == "memory":
            answer = memory(question, run)
        else:
            answer = profile(question, run)
            if not answer["error"] and not answer["stopped"]:
                answer["calls"] = calls(run, question["seconds"] / 2) if question["count"] else []
                answer["growth"] = growth(question) if question["sizes"] else []
    json.dump(answer, answers)
    answers.close()
    # What the workload said is the reason where it failed; os._exit writes nothing that is still held.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
