"""Part of `profiled.py`: a script, module, test or call of a project as something that can be run once.

It imports nothing of ours; it is loaded by its place, so that nothing of ours lies on the project's path.
"""

import asyncio
import contextlib
import importlib.util
import inspect
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any

Question = dict[str, Any]


class TimeUp(BaseException):
    """The workload took all the time it had."""


class NotTested(Exception):
    """pytest ran no test; the text says why."""


_CODES = {
    2: "a file could not be collected",
    4: "it did not take its options or the target",
    5: "no test was found",
}


def runner(question: Question) -> Callable[[], Any]:
    """The call that runs the workload once."""
    target, args = question["target"], question["args"]
    kind = question["kind"]
    if kind == "call":
        own = named(target)
        return lambda: finished(own(*args))
    words = [str(word) for word in args]
    if kind == "test":
        import pytest  # noqa: PLC0415 - only where a test is asked for

        options = [
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:timeout",
            "--assert=plain",
            *_unseen(),
            target,
            *words,
        ]
        return lambda: _tested(int(pytest.main(options)))
    sys.argv = [target, *words]
    if kind == "script":
        script = Path(target).resolve()
        sys.path[:0] = [str(script.parent)]
        return lambda: runpy.run_path(str(script), run_name="__main__")
    return lambda: runpy.run_module(target, run_name="__main__", alter_sys=True)


def named(target: str) -> Callable[..., Any]:
    """What `module:name` names."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{target} cannot be called")
    return found  # type: ignore[no-any-return]


def finished(value: Any) -> Any:
    """The value, or what a coroutine comes to."""
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def _unseen() -> list[str]:
    """Options that leave out plugins which are announced but not there: those of an editable install."""
    found: list[str] = []
    for own in metadata.entry_points(group="pytest11"):
        try:
            there = importlib.util.find_spec(own.module) is not None
        except ImportError:
            there = False
        found += [] if there else ["-p", f"no:{own.name}"]
    return found


def _tested(code: int) -> None:
    # Tests that fail have run, and where their time went is known.
    if code not in (0, 1):
        raise NotTested(f"pytest ended with exit code {code}: {_CODES.get(code, 'no test ran')}")


def once(run: Callable[[], Any]) -> str:
    """Run it; the reason where it failed, empty where it did not."""
    try:
        run()
    except TimeUp:
        raise
    except NotTested as error:
        return str(error)
    except SystemExit as error:
        return "" if error.code in (None, 0) else f"it ended with exit code {error.code}"
    except BaseException:  # noqa: BLE001 - whatever the workload raises is its answer
        return traceback.format_exc(limit=-4)[-2000:]
    return ""


@contextlib.contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """TimeUp inside, once so many seconds have passed."""

    def up(_number: int, _frame: FrameType | None) -> None:
        raise TimeUp

    signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
