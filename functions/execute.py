"""One attempt: look up, check, run, judge. Knows nothing of NATS; the outcome says what came of it."""

import asyncio
import contextvars
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from functions import api
from functions.api import Function
from functions.context import Context
from functions.held import HeldTask
from functions.outcome import Done, Failed, Outcome, Rejected, Retry, Returned, Superseded
from functions.registry import Registry, nearest
from subjects import codec, errors
from subjects.messages import Task

_encode = msgspec.json.Encoder().encode


def look_up(registry: Registry, task: Task) -> Function[..., Any] | Rejected:
    """The function of a task, or the rejection of one that this queue does not have."""
    function = registry.get(task.name)
    if function is not None:
        return function
    hint = nearest(task.name, registry)
    return Rejected(errors.UnknownFunction(f"no function {task.name!r} on this worker{hint}").info())


async def here(
    function: Function[..., Any], context: Context, held: HeldTask, threads: ThreadPoolExecutor
) -> Outcome:
    """Run in this process: in the loop, or in a thread for a plain `def`."""
    try:
        call = function.bind(context.task.input, context)
    except errors.RevoError as error:
        return Rejected(error.info())
    try:
        value = await (api.run(call) if function.isolation == "loop" else _in_thread(call, held, threads))
    except asyncio.CancelledError:
        return interrupted(held)
    except Exception as error:  # noqa: BLE001 - whatever a function raises is judged
        return judge(error) if held.stop is None else interrupted(held)
    return interrupted(held) if held.stop is not None else encode(function, value)


def encode(function: Function[..., Any], value: Any) -> Outcome:
    """The value a function returned, as JSON; Failed where it is none."""
    try:
        return Done(_encode(value))
    except (TypeError, ValueError, RecursionError) as error:
        return Failed(
            errors.ResultNotEncodable(f"{function.name} returned {type(value).__name__}: {error}").info()
        )


def interrupted(held: HeldTask) -> Outcome:
    """What an attempt that was stopped from outside comes to."""
    match held.stop:
        case "timeout":
            limit = time_limit(held.function, held.task)
            return Retry(errors.TaskTimeout(f"not done within {limit:g} s").info())
        case "canceled":
            return Superseded()
        case "draining" | None:
            return Returned()


def time_limit(function: Function[..., Any] | None, task: Task | None) -> float:
    """Seconds for one attempt: the task's own limit, else the function's."""
    if task is not None and task.timeout is not None:
        return task.timeout
    return 0.0 if function is None else function.options.timeout


LONGEST_PAUSE = 315_360_000.0
"""Seconds that a function may ask for before its next attempt: ten years, as for a delayed task."""


def judge(error: Exception) -> Rejected | Failed | Retry:
    """What an exception means: refused, permanent, later, or simply another try.

    Its words come from anywhere, so they are made such that they can be written.
    """
    outcome = _meaning(error)
    info = outcome.error
    details = None if info.details is None else codec.writable(info.details)
    told = structs.replace(info, message=codec.text(info.message, 4000), details=details)
    return structs.replace(outcome, error=told)


def _meaning(error: Exception) -> Rejected | Failed | Retry:
    match error:
        case api.Rejected():
            return Rejected(errors.Refused(_words(error)).info())
        case api.NonRetryable():
            return Failed(errors.Permanent(_words(error), **error.details).info())
        case api.RetryAfter():
            pause = min(max(0.0, error.seconds), LONGEST_PAUSE) if math.isfinite(error.seconds) else None
            return Retry(errors.HandlerFailed(_words(error)).info(), pause)
        case errors.RevoError():
            return Retry(error.info()) if error.retryable else Failed(error.info())
        case ExceptionGroup() if len(error.exceptions) == 1:
            return _meaning(error.exceptions[0])
        case _:
            said, kind = _words(error), type(error).__name__
            message = f"{kind}: {said}" if said else kind
            return Retry(errors.HandlerFailed(message, exception=kind, at=_place(error)).info())


def _words(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - even a text can raise
        return "(its text cannot be made)"


def _place(error: Exception) -> list[str]:
    """The innermost frames, newest last: file, line and name."""
    own = Path(__file__).parent
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if Path(code.co_filename).parent != own:
            frames.append(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return frames[-5:]


async def _in_thread(call: Any, held: HeldTask, threads: ThreadPoolExecutor) -> Any:
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(threads, contextvars.copy_context().run, call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            # A thread cannot be stopped. Its slot stays taken until it ends by itself.
            held.leftover = future
        raise
