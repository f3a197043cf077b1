"""One part of the system as a process: settings come in by stdin, "ready" goes out by a pipe.

Stdin stays open for as long as the parent lives. When it ends the parent is gone, and so is this process.
"""

# ruff: noqa: PLC0415
# A worker must never load Litestar or DuckDB: each part imports its own tower when it is started.

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Literal, TypeVar

import structlog
from msgspec import Raw, Struct

from infra import logs, settings, tracing
from subjects import errors
from subjects.traces import OFF, Tracer

log = structlog.get_logger()

Kind = Literal["worker", "gateway", "analytics", "reporter"]
Facts = dict[str, Any]
"""What others need to know of a part that is ready: addresses, mostly."""
T = TypeVar("T")

ORPHANED = 2.0
"""Seconds that an orphan gets to end in order; its server is gone too, so there is little to save."""


class Order(Struct, frozen=True):
    """What a parent writes to the stdin of a part, in one line."""

    kind: Kind
    name: str
    log_level: settings.LogLevel
    settings: Raw
    ready: int
    terminal: int | None = None


async def serve(
    kind: Kind, own: Any, ready: Callable[[Facts], None], stop: asyncio.Event, tracer: Tracer = OFF
) -> None:
    """A part from its start to SIGTERM, SIGINT or `stop`; `ready` is told once it works."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if kind == "worker":
        from functions import service as worker

        # It ends by itself too: `revo worker drain` tells it to.
        await worker.run(own, lambda name: ready({"worker": name}), stop, tracer)
    elif kind == "gateway":
        from gateway import serve as gateway

        await gateway.run(own, lambda url: ready({"http": url}), stop, tracer)
    elif kind == "analytics":
        from analytics import service as analytics

        await analytics.run(own, lambda: ready({}), stop)
    else:
        from infra import reporter

        async with reporter.running(own):
            ready({})
            await stop.wait()


def settings_kind(kind: Kind) -> Any:
    """The settings struct of a part."""
    if kind == "reporter":
        from infra.reporter import ReporterSettings

        return ReporterSettings
    return settings.Settings.__annotations__[kind]


def main() -> None:
    """The life of a child: what `python -m infra part` does."""
    order = settings.decode(sys.stdin.buffer.readline(), Order)
    terminal = None if order.terminal is None else os.fdopen(order.terminal, "w")
    logs.configure(order.log_level, order.name, terminal)
    own = settings.decode(bytes(order.settings), settings_kind(order.kind))
    try:
        work(order.kind, order.name, own, lambda facts: _tell(order.ready, facts))
    except errors.RevoError as error:
        log.error(error.message, part=order.name, code=error.code)  # noqa: TRY400
        _tell(order.ready, {"error": error.message})
        sys.exit(1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, on uvloop where there is one."""
    factory = None
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


def work(kind: Kind, name: str, own: Any, ready: Callable[[Facts], None]) -> None:
    """A part until its end, and its spans on their way."""
    with tracing.opened(os.environ, kind, name) as tracer:
        run(live(kind, own, ready, tracer))


async def live(kind: Kind, own: Any, ready: Callable[[Facts], None], tracer: Tracer = OFF) -> None:
    """A part that ends with its parent, of whom it knows by its stdin."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _orphaned, stop)
    await serve(kind, own, ready, stop, tracer)


def _orphaned(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    loop.remove_reader(sys.stdin.fileno())
    stop.set()
    loop.call_later(ORPHANED, os._exit, 1)


def _tell(pipe: int, facts: Facts) -> None:
    with contextlib.suppress(OSError):
        os.write(pipe, json.dumps(facts).encode() + b"\n")
        os.close(pipe)
