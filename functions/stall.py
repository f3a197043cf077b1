"""Finds and names a handler that blocks the event loop; ends the process when it does so for too long."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

import structlog
from msgspec import Struct

log = structlog.get_logger()

BEAT = 0.1
EXIT_CODE = 70


class Stall(Struct, frozen=True):
    """The loop stood still for `seconds` in `task`, at `place`."""

    task: str
    place: str
    seconds: float


class Watch:
    """A thread that looks whether the loop still turns."""

    def __init__(self, named_after: float, exit_after: float, tell: Callable[[Stall], None]) -> None:
        self._named_after = named_after
        self._exit_after = exit_after
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._beat = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall-watch", daemon=True)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        self._pulse()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()

    def _pulse(self) -> None:
        self._beat = time.monotonic()
        self._timer = self._loop.call_later(BEAT, self._pulse)

    def _watch(self) -> None:
        named: Stall | None = None
        while not self._stop.wait(BEAT):
            still = time.monotonic() - self._beat
            if still < self._named_after:
                if named is not None:
                    self._loop.call_soon_threadsafe(self._tell, named)
                    named = None
                continue
            task, place = self._culprit()
            if named is None:
                log.warning("loop blocked", task=task, place=place, seconds=round(still, 2))
            named = Stall(task, place, round(still, 2))
            if still > self._exit_after:
                # Only a new process helps: whoever held a task here gets it back, the culprit in a child
                # of its own.
                log.critical("loop blocked for good", task=task, place=place, seconds=round(still, 2))
                os._exit(EXIT_CODE)

    def _culprit(self) -> tuple[str, str]:
        task = asyncio.current_task(self._loop)
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - documented for this use
        return (task.get_name() if task is not None else "?", _place(frame))


def _place(frame: FrameType | None) -> str:
    if frame is None:
        return "?"
    own = frame
    while own is not None:
        if "site-packages" not in own.f_code.co_filename and "/lib/python" not in own.f_code.co_filename:
            break
        if own.f_back is None:
            own = frame
            break
        own = own.f_back
    return f"{own.f_code.co_filename}:{own.f_lineno} in {own.f_code.co_name}"
