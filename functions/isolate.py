"""Runs one attempt in a child process with limits.

What spins, eats memory or exits takes nothing else along.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Collection
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, structs

from functions.api import Function
from functions.context import Host
from functions.execute import interrupted, time_limit
from functions.held import HeldTask
from functions.lending import lend
from functions.outcome import Done, Failed, Outcome, Rejected, Retry
from functions.pipes import (
    AskDirectory,
    AskPort,
    AskRun,
    End,
    Job,
    Reply,
    TellLog,
    TellProgress,
    from_child,
    line,
)
from subjects import errors
from subjects.messages import Task

LONGEST_LINE = 128 << 20
MOST_SAID = 64 << 10
"""Bytes of what a child writes to stderr that go into the log of its worker."""


async def apart(
    function: Function[..., Any], task: Task, held: HeldTask, host: Host, withheld: Collection[str] = ()
) -> Outcome:
    """The outcome of an attempt in a child process of its own; a death of the child is an outcome too.

    The child does not get the environment variables that are `withheld`: they hold keys.
    """
    if not function.target:
        said = f"{task.name} is in no module, so it cannot run in a process of its own"
        return Failed(errors.Permanent(said).info())
    reading, writing = os.pipe()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "functions.child",
        str(writing),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(writing,),
        start_new_session=True,
        env=_environment(withheld),
        limit=LONGEST_LINE,
    )
    os.close(writing)
    conversation = _Conversation(child, host)
    # What the child writes to stderr is read from the start: a full pipe would stop it.
    last_words = asyncio.create_task(_tail(child))
    try:
        seconds = time_limit(function, task)
        task = structs.replace(task, trace=held.trace or task.trace)
        box = host.sandbox
        job = Job(
            function.target or "", task, seconds, _memory(function, task), box.level, box.reason,
            host.model.available, host.model.embeds, str(host.advisories or ""), host.egress.ways,
            str(host.deployments.root or ""),
        )  # fmt: skip
        end = await conversation.hold(reading, job)
        if end is None:
            code = await child.wait()
            return Retry(
                errors.WorkerLost(f"{task.name} {_death(code)}: {await last_words}".rstrip(": ")).info()
            )
        return _outcome(end)
    except asyncio.CancelledError:
        return interrupted(held)
    finally:
        _kill(child)
        await conversation.close()
        await asyncio.shield(child.wait())
        last_words.cancel()


class _Conversation:
    """The worker's side of the pipes."""

    def __init__(self, child: asyncio.subprocess.Process, host: Host) -> None:
        self._child = child
        self._host = host
        self._asked: set[asyncio.Task[None]] = set()

    async def hold(self, reading: int, job: Job) -> End | None:
        """Serve the child until it ends; None where it died without a word."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        pipe = os.fdopen(reading, "rb", buffering=0)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            await self._send(job)
            while text := await reader.readline():
                message = from_child.decode(text)
                match message:
                    case TellProgress() | TellLog():
                        self._host.tell(message.event)
                    case AskRun():
                        self._answer(message.number, self._host.run(message.submission))
                    case AskDirectory():
                        self._answer(message.number, self._directory(message))
                    case AskPort():
                        self._answer(message.number, lend(self._host, message))
                    case End():
                        return message
            return None
        except (msgspec.DecodeError, ValueError):
            return None
        finally:
            transport.close()

    async def close(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _directory(self, ask: AskDirectory) -> Raw:
        found: Path = await self._host.projects.directory(ask.path, ask.archive)
        return Raw(msgspec.json.encode(str(found)))

    def _answer(self, number: int, work: Awaitable[Raw]) -> None:
        async def reply() -> None:
            try:
                answer = Reply(number, await work)
            except errors.RevoError as error:
                answer = Reply(number, error=error.info())
            await self._send(answer)

        task = asyncio.create_task(reply())
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _send(self, value: Job | Reply) -> None:
        stdin = self._child.stdin
        assert stdin is not None
        with contextlib.suppress(ConnectionError):
            stdin.write(line(value))
            await stdin.drain()


def _memory(function: Function[..., Any], task: Task) -> int:
    own = function.options.memory
    return own if task.memory is None else min(own, task.memory)


def alone(function: Function[..., Any], task: Task, *, suspect: bool = False) -> bool:
    """Whether an attempt has to run in a child process."""
    suspected = suspect and function.target is not None
    return function.isolation == "process" or task.memory is not None or suspected


def _outcome(end: End) -> Outcome:
    error = end.error or errors.RevoError().info()
    match end.outcome:
        case "Done":
            return Done(bytes(end.output))
        case "Rejected":
            return Rejected(error)
        case "Failed":
            return Failed(error)
        case _:
            return Retry(error, end.delay)


def _environment(withheld: Collection[str]) -> dict[str, str]:
    """What a child needs to find modules, and nothing of our own settings or secrets."""
    kept = {
        key: value
        for key, value in os.environ.items()
        # Headers of a collector are keys too.
        if not key.startswith(("REVO", "OTEL_")) and key not in withheld
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}


def _kill(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _death(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended its process with exit code {code}"


async def _tail(child: asyncio.subprocess.Process) -> str:
    kept, left = b"", MOST_SAID
    assert child.stderr is not None
    while part := await child.stderr.read(65536):
        # Its log lines name the task and the trace, so they may stand among those of the worker.
        sys.stderr.write(part[:left].decode("utf-8", "replace"))
        left = max(0, left - len(part))
        kept = (kept + part)[-4000:]
    return kept.decode("utf-8", "replace").strip()[-1000:]
