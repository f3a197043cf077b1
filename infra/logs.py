"""structlog, set up once a process: for eyes on a terminal, as JSON lines everywhere else.

Events are short facts in the past tense; their keys come from KEYS.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

KEYS = (
    "task",
    "trace",
    "queue",
    "function",
    "attempt",
    "worker",
    "subject",
    "seconds",
    "code",
    "error",
    "part",
    "count",
)
"""The keys to look for in a log; a message may have others where none of these fits."""

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(
    level: str = "info", part: str = "", terminal: TextIO | None = None, out: TextIO | None = None
) -> None:
    """Send everything from `level` on to `out` (stderr), and warnings in one line to the `terminal` too."""
    stream: TextIO = sys.stderr if out is None else out
    processors: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if terminal is not None:
        processors.append(_Echo(terminal, part))
    if stream.isatty():
        processors.append(structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ))
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    # What libraries log by the standard module: rarely wanted, never lost.
    logging.basicConfig(
        stream=stream, level=max(LEVELS[level], logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )


class _Echo:
    """Says warnings and errors of a part on the terminal of the whole."""

    def __init__(self, terminal: TextIO, part: str) -> None:
        self._terminal = terminal
        self._part = part

    def __call__(self, _: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if method in ("warning", "error", "critical", "exception"):
            rest = " ".join(
                f"{key}={value}"
                for key, value in event.items()
                if key not in ("event", "level", "timestamp", "exc_info")
            )
            line = f"{self._part:>12} | {event.get('event', '')} {rest}".rstrip()
            try:
                self._terminal.write(line + "\n")
                self._terminal.flush()
            except (OSError, ValueError):
                # The terminal is gone; the file has the line.
                return event
        return event
