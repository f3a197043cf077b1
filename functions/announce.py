"""Tells the world what this worker can do: in the `functions` bucket, and as NATS micro services."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import msgspec
import structlog

from functions import execute, spans
from functions.api import Function
from functions.context import Context
from functions.held import HeldTask
from functions.host import Facilities, TaskHost
from functions.isolate import alone, apart
from functions.lanes import Lane
from functions.outcome import Done, Outcome
from functions.state import WorkerState
from subjects import codec, errors, names
from subjects.bus import Endpoint, Message, Service
from subjects.bus.service import serve
from subjects.ids import new_id
from subjects.kv import Bucket
from subjects.messages import FunctionInfo, Task

log = structlog.get_logger()


async def announce(state: WorkerState) -> None:
    """Write each function into the `functions` bucket, where it is new or has changed."""
    bucket = Bucket(state.bus, "functions", FunctionInfo)
    known = await bucket.all()
    for function in state.functions.values():
        info = function.info()
        if known.get(function.name) != info:
            try:
                await bucket.put(function.name, info)
            except errors.StoreFull as error:
                # Only workers make room again, so a full store must not keep them from starting.
                log.warning("function not announced", function=function.name, code=error.code)


@contextlib.asynccontextmanager
async def answering(
    state: WorkerState, facilities: Facilities
) -> AsyncIterator[Callable[[Awaitable[None]], None]]:
    """Answer `call.<queue>.<function>` at once; gives what lets other answers be made beside these.

    One micro service a queue, for as long as the context is open.
    """
    calls = _Calls(state, facilities)
    async with contextlib.AsyncExitStack() as stack:
        for queue in sorted({function.queue for function in state.functions.values()}):
            own = [function for function in state.functions.values() if function.queue == queue]
            endpoints = [calls.endpoint(function) for function in own]
            service = Service(queue, f"{len(own)} functions of the queue {queue}", endpoints, calls.spawn)
            await stack.enter_async_context(serve(state.bus, service))
        yield calls.spawn
    await calls.close()


class _Calls:
    """Runs functions for callers that wait on the line: no queue, no retry, nothing kept."""

    def __init__(self, state: WorkerState, facilities: Facilities) -> None:
        self._state = state
        self._facilities = facilities
        self._threads = ThreadPoolExecutor(state.settings.slots, thread_name_prefix="call")
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Awaitable[None]) -> None:
        """Let an answer be made beside the others.

        Refuse more than twice the slots at once by making it wait.
        """
        task = asyncio.ensure_future(cast("asyncio.Future[None]", work))
        self._running.add(cast("asyncio.Task[None]", task))
        task.add_done_callback(lambda done: self._running.discard(cast("asyncio.Task[None]", done)))

    async def close(self) -> None:
        """Let the answers that are being made go out."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._state.settings.drain)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def endpoint(self, function: Function[..., Any]) -> Endpoint:
        """The endpoint of a function, with its schemas for `nats micro info`."""

        async def answer(payload: bytes, headers: dict[str, str]) -> bytes:
            if self._state.stopped(function.queue):
                raise errors.Unavailable(f"{function.queue} is stopped")
            if len(self._running) > 2 * self._state.settings.slots:
                raise errors.Overloaded(f"{len(self._running)} calls are being answered here")
            return await self._answer(function, payload, headers)

        info = function.info()
        metadata = {
            "input_schema": msgspec.json.encode(info.input_schema).decode(),
            "output_schema": msgspec.json.encode(info.output_schema).decode(),
            "description": info.description.partition("\n")[0],
        }
        return Endpoint(function.short, names.call(function.queue, function.short), answer, metadata)

    async def _answer(self, function: Function[..., Any], payload: bytes, headers: dict[str, str]) -> bytes:
        name = names.TaskName(function.queue, "medium", function.short, None)
        task = codec.task(name, headers.get(codec.MSG_ID) or new_id(), payload, headers, 1, time.time_ns())
        held = _off_the_queue(function, task)
        limit = execute.time_limit(function, task)
        host = TaskHost(self._state.bus, self._facilities, held, lambda *_: None)
        try:
            async with asyncio.timeout(limit):
                with spans.answering(self._state.tracer, held, task) as span:
                    outcome = spans.ended(span, await self._run(function, task, held, host))
        except TimeoutError:
            raise errors.TaskTimeout(f"not done within {limit:g} s") from None
        if isinstance(outcome, Done):
            return outcome.output
        raise errors.raised_from(getattr(outcome, "error", None) or errors.Unavailable().info())

    async def _run(self, function: Function[..., Any], task: Task, held: HeldTask, host: TaskHost) -> Outcome:
        if alone(function, task):
            return await apart(function, task, held, host, self._facilities.withheld)
        deadline = codec.now() + timedelta(seconds=execute.time_limit(function, task))
        return await execute.here(function, Context(task, deadline, host), held, self._threads)


class _Request:
    """A call looks like a delivery that needs no acknowledgement."""

    def __init__(self, subject: str, data: bytes) -> None:
        self.subject = subject
        self.data = data
        self.reply = "$JS.ACK.call.call.1.0.0.0.0"
        self.headers: dict[str, str] | None = None


def _off_the_queue(function: Function[..., Any], task: Task) -> HeldTask:
    message: Message = _Request(names.call(function.queue, function.short), task.input)
    held = HeldTask(Lane(function.queue, "medium"), message, time.monotonic())
    held.task, held.function, held.stage = task, function, "running"
    return held
