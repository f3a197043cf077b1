"""The child process of one task.

`python -m functions.child FD`, job on stdin, answers on the descriptor FD.
"""

import asyncio
import contextlib
import ctypes
import itertools
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import Raw

from functions import api, pipes, registry, spans
from functions.adapters.deployments import LocalDeployments
from functions.adapters.egress import LocalEgress
from functions.adapters.sandbox import LocalSandbox
from functions.api import Function
from functions.context import Context, Ended, one_by_one
from functions.execute import encode, judge
from functions.lending import LentArtifacts, LentMemory, LentModel, ModelFacts
from functions.lent_fleet import LentFleet
from functions.outcome import Done, Outcome, Rejected, Retry
from functions.ports import Artifacts, Deployments, Egress, Fleet, Memory, Model, Outbox, Projects, Sandbox
from subjects import codec, errors
from subjects.messages import LogLine, Progress, Submission

_PR_SET_PDEATHSIG = 1


class Pipe:
    """The host of a function in a child: everything goes through the pipe to the worker."""

    def __init__(
        self,
        out: int,
        sandbox: Sandbox,
        facts: ModelFacts,
        advisories: Path | None,
        egress: Egress,
        deployments: Deployments,
    ) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[pipes.Reply]] = {}
        self._sandbox = sandbox
        self.advisories = advisories
        self._egress = egress
        self._deployments = deployments
        self._artifacts = LentArtifacts(self._port)
        self._fleet = LentFleet(self._port)
        self._model = LentModel(self._port, facts)
        self._memory = LentMemory(self._port)

    @property
    def sandbox(self) -> Sandbox:
        """Programs are started from the child itself."""
        return self._sandbox

    @property
    def projects(self) -> Projects:
        """Directories come from the worker."""
        return _Directories(self)

    @property
    def artifacts(self) -> Artifacts:
        """Files go to the worker."""
        return self._artifacts

    @property
    def fleet(self) -> Fleet:
        """What is asked of the engines goes to the worker."""
        return self._fleet

    @property
    def model(self) -> Model:
        """Questions go to the worker."""
        return self._model

    @property
    def memory(self) -> Memory:
        """Memories are kept by the worker."""
        return self._memory

    @property
    def deployments(self) -> Deployments:
        """Where releases are put."""
        return self._deployments

    @property
    def egress(self) -> Egress:
        """Gates are opened by the child itself."""
        return self._egress

    @property
    def outbox(self) -> Outbox:
        """Nothing is sent from a child: it has no secrets."""
        raise errors.Unavailable("messages are sent by the worker itself, not by a child process")

    def tell(self, event: Progress | LogLine) -> None:
        """Hand an event to the worker."""
        self.send(pipes.TellProgress(event) if isinstance(event, Progress) else pipes.TellLog(event))

    def resting(self) -> AbstractContextManager[None]:
        """A task in a child of its own has no slot that others could use."""
        return contextlib.nullcontext()

    async def run(self, submission: Submission) -> Raw:
        """Have the worker run a child task."""
        number = next(self._numbers)
        return await self.ask(number, pipes.AskRun(number, submission))

    def fan(self, function: str, orders: Iterable[Submission], most: int) -> AsyncGenerator[Ended, None]:  # noqa: ARG002
        """Have the worker run each, `most` at a time."""
        return one_by_one(self.run, orders, most)

    async def directory(self, path: str | None, archive: str | None) -> Path:
        """Have the worker give a directory."""
        number = next(self._numbers)
        return Path(
            msgspec.json.decode(await self.ask(number, pipes.AskDirectory(number, path, archive)), type=str)
        )

    async def _port(self, port: Any, method: str, arguments: Any) -> Raw:
        number = next(self._numbers)
        raw = Raw(msgspec.json.encode(arguments))
        return await self.ask(number, pipes.AskPort(number, port, method, raw))

    async def ask(self, number: int, question: pipes.AskRun | pipes.AskDirectory | pipes.AskPort) -> Raw:
        """Send a question and wait for its reply."""
        waiting: asyncio.Future[pipes.Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self.send(question)
        reply = await waiting
        if reply.error is not None:
            raise errors.raised_from(reply.error)
        return reply.output

    def send(self, message: Any) -> None:
        """Write one line, whole, from whatever thread."""
        data = memoryview(pipes.line(message))
        with self._lock:
            while data:
                data = data[os.write(self._out, data) :]

    async def listen(self, stdin: asyncio.StreamReader) -> None:
        """Take replies until the worker hangs up."""
        while text := await stdin.readline():
            reply = pipes.to_child.decode(text)
            waiting = self._waiting.pop(reply.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)


class _Directories:
    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    async def directory(self, path: str | None, archive: str | None) -> Path:
        return await self._pipe.directory(path, archive)


async def main(out: int) -> None:
    """Read the job, run it, tell how it ended."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=128 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    job = pipes.job.decode(await stdin.readline())
    _limit(job.seconds, job.memory)
    advisories = Path(job.advisories) if job.advisories else None
    sandbox, egress = LocalSandbox(job.sandbox, job.sandbox_reason), LocalEgress(job.ways)
    deployments = LocalDeployments(Path(job.deploy) if job.deploy else None)
    pipe = Pipe(out, sandbox, ModelFacts(job.model, job.embeds), advisories, egress, deployments)
    listening = asyncio.create_task(pipe.listen(stdin))
    _log()
    spans.name_lines(job.task, job.task.trace)
    outcome = await _run(job, pipe)
    pipe.send(
        pipes.End(
            type(outcome).__name__,
            Raw(outcome.output) if isinstance(outcome, Done) else Raw(b"null"),
            getattr(outcome, "error", None),
            outcome.delay if isinstance(outcome, Retry) else None,
        )
    )
    listening.cancel()


async def _run(job: pipes.Job, pipe: Pipe) -> Outcome:
    try:
        function: Function[..., Any] = registry.load([job.target])[job.task.name]
        context = Context(job.task, codec.now() + timedelta(seconds=job.seconds), pipe)
        call = function.bind(job.task.input, context)
    except errors.RevoError as error:
        return Rejected(error.info())
    try:
        value = await (api.run(call) if function.is_async else asyncio.to_thread(call))
    except MemoryError:
        return Retry(errors.HandlerFailed(f"{job.task.name} needed more than {job.memory} bytes").info())
    except Exception as error:  # noqa: BLE001 - whatever a function raises is judged
        return judge(error)
    return encode(function, value)


def _log() -> None:
    """Lines as the worker writes them, to stderr, which ends in the worker's log."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _limit(seconds: float, memory: int) -> None:
    # Soft ones, so that programs in the sandbox can have their own: these are often higher.
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(seconds) + 5)):
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _die_with_parent()
    asyncio.run(main(int(sys.argv[1])))
