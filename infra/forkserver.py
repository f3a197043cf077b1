"""A process that has loaded the functions and becomes a worker in milliseconds, as often as it is asked.

A worker that starts from nothing spends half a second of CPU on imports; a forked one shares them, and their
memory. Nothing runs here before a fork: no loop, no thread, no connection.
"""

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec
from msgspec import Raw, Struct

from infra import logs, part, settings

_PR_SET_PDEATHSIG = 1


class Setup(Struct, frozen=True):
    """The first and only line on stdin: what to load, and which descriptors lead where."""

    targets: tuple[str, ...]
    only: tuple[str, ...]
    log_level: settings.LogLevel
    orders: int
    told: int
    terminal: int


class Fork(Struct, frozen=True):
    """One message on `orders`: a worker that is wanted."""

    name: str
    log_file: str
    settings: Raw


class Told(Struct, frozen=True, omit_defaults=True):
    """One line on `told`."""

    kind: Literal["loaded", "started", "ready", "ended"]
    name: str = ""
    pid: int = 0
    code: int = 0
    queues: list[str] = []
    threads: int = 0
    error: str = ""


def main() -> None:
    """Load, then fork for each order; ends with stdin, and its workers with it."""
    setup = settings.decode(sys.stdin.buffer.readline(), Setup)
    terminal = os.fdopen(setup.terminal, "w")
    logs.configure(setup.log_level, "forkserver", terminal)
    told = _Teller(setup.told)
    # Imported late, as every part imports its own tower.
    from functions import registry, service  # noqa: F401, PLC0415
    from subjects import errors  # noqa: PLC0415

    try:
        functions = registry.load(setup.targets, setup.only)
    except errors.RevoError as error:
        told(Told("loaded", error=error.message))
        sys.exit(1)
    queues = sorted({function.queue for function in functions.values()})
    gc.collect()
    gc.freeze()
    told(Told("loaded", queues=queues, threads=threading.active_count() - 1))
    _serve(setup, told, terminal)


class _Teller:
    """Writes whole lines; they are shorter than a pipe's atomic write, so those of many do not mix."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, told: Told) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, msgspec.json.encode(told) + b"\n")


def _serve(setup: Setup, told: _Teller, terminal: Any) -> None:
    orders = socket.socket(fileno=setup.orders)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, str] = {}
    while True:
        ready, _, _ = select.select([orders, reading, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        if reading in ready:
            os.read(reading, 4096)
            _reap(running, told)
        if orders in ready:
            message = orders.recv(1 << 20)
            if not message:
                return
            order = msgspec.json.decode(message, type=Fork)
            pid = os.fork()
            if pid == 0:
                orders.close()
                os.close(reading)
                os.close(writing)
                _become(order, setup, told, terminal)
            running[pid] = order.name
            told(Told("started", order.name, pid))


def _reap(running: dict[int, str], told: _Teller) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        name = running.pop(pid, "")
        told(Told("ended", name, pid, os.waitstatus_to_exitcode(status)))


def _become(order: Fork, setup: Setup, told: _Teller, terminal: Any) -> NoReturn:
    """The life of a worker, from the fork to the exit of its process."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        log = os.open(order.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        logs.configure(setup.log_level, order.name, terminal)
        own = settings.decode(bytes(order.settings), part.settings_kind("worker"))
        part.work("worker", order.name, own, lambda _: told(Told("ready", order.name, os.getpid())))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must never return to the fork
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def command() -> list[str]:
    """How the process is started."""
    return [sys.executable, "-P", str(Path(__file__).with_name("__main__.py")), "forkserver"]
