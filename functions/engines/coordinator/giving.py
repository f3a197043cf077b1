"""Gives one task to an engine, and to the next one where the first cannot do it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, to_builtins

from functions.context import Context, child_id
from functions.engines.coordinator import service
from functions.engines.coordinator.clock import Clock
from functions.engines.coordinator.service import View
from functions.ports import Circuit, Seat
from subjects import errors, routing
from subjects.routing import PART, Candidate, Choice, Part, Refusal

ENGINE_FAULTS = frozenset(
    {"worker_lost", "unavailable", "overloaded", "unknown_function", "unknown_queue", "store_full"}
)
"""Errors that say nothing of the task: another engine may do it."""
CALLERS_FAULTS = frozenset(
    {"invalid_input", "invalid_json", "refused", "forbidden_path", "permanent", "canceled"}
)
"""Errors that no engine can help, also not one that is tried."""
STAND_IN = "stand_in"
"""The function by which an engine does another engine's work."""
LOOK_EVERY, LONGEST_LOOK = 0.25, 5.0
"""Seconds between two looks at an engine that has a task: at first, and at most."""
GONE_AFTER = 4
"""Looks in a row without any worker until the task is given to another engine: 2 s at least."""
SEAT_EVERY = 0.02
"""Seconds between two looks for a seat, at first; half as long again each time, up to half a second."""


class Work(Struct, frozen=True):
    """What is to be given out. `key` makes the ids of its child tasks; `part` is what it is called."""

    key: str
    type: str
    input: Any
    prefer: str = ""
    part: str = ""


class Attempt(Struct, frozen=True):
    """One engine that was asked to do it."""

    engine: str
    function: str
    task: str
    state: Literal["completed", "moved"]
    reason: Annotated[str, Meta(description="Why this engine.")]
    ms: float
    trial: bool = False
    error: Annotated[str, Meta(description="Why it did not do it; empty where it did.")] = ""


class Given(Struct, frozen=True):
    """A task that was done: by whom, and who could not."""

    output: Any
    engine: str
    function: str
    rule: str
    attempts: list[Attempt]
    refused: list[Refusal]


class _Call(Struct, frozen=True):
    candidate: Candidate
    function: str
    input: Any
    key: str
    patience: float
    circuit: Circuit


class _Moved(Exception):
    """The engine cannot do it, for a reason of its own."""


async def give(ctx: Context, work: Work, clock: Clock) -> Given:
    """The outcome of a task, from the first engine that does it.

    Unavailable where none can take it now; ChildFailed where it was done and failed for a reason of its own.
    """
    attempts: list[Attempt] = []
    barred: set[str] = set()
    while True:
        view = await service.look(ctx, work.prefer)
        choice = routing.choose(view.routing, work.type, view.facts, work.prefer, view.trials - barred)
        call = await _next(ctx, work, view, choice, barred)
        engine = call.candidate.engine
        barred.add(engine)
        if call.candidate.trial and not await service.try_out(ctx, view, engine):
            continue
        begun = time.monotonic()
        async with _seat(ctx, work, view, choice):
            try:
                output, error = await _called(ctx, work, call, clock), ""
            except _Moved as moved:
                output, error = None, str(moved)
        attempt = _attempt(ctx, call, begun, error)
        attempts.append(attempt)
        if not error:
            tell(
                ctx, Part(work.part or work.key, "completed", engine, call.function, attempt.task, attempt.ms)
            )
            return Given(output, engine, call.function, choice.rule, attempts, choice.refused)
        tell(
            ctx, Part(work.part or work.key, "moved", engine, call.function, attempt.task, attempt.ms, error)
        )


def tell(ctx: Context, part: Part) -> None:
    """Tell of a part, live and kept: `revo engine collaborations` shows what was told last of each."""
    ctx.log.info(PART, **to_builtins(part))


def function_for(view: View, type: str, engine: str) -> tuple[str, str]:
    """The function by which an engine does a task type, and the one that it stands in for, if it does.

    Two empty strings where it can in no way.
    """
    own = f"{engine}.{type}"
    if own in view.functions:
        return own, ""
    if f"{engine}.{STAND_IN}" not in view.functions:
        return "", ""
    names = [type] if "." in type else [f"{other}.{type}" for other in _engines(view, type)]
    original = next((name for name in names if name in view.functions), "")
    return (f"{engine}.{STAND_IN}", original) if original else ("", "")


def _engines(view: View, type: str) -> list[str]:
    _, rule = routing.rule_of(view.routing, type)
    return view.routing.engines if rule is None else [rule.engine, *view.routing.engines]


async def _next(ctx: Context, work: Work, view: View, choice: Choice, barred: set[str]) -> _Call:
    """The call of the best engine that is left; one that has it already, from before a crash, is the best."""
    left = [own for own in choice.candidates if own.engine not in barred]
    if len(left) > 1 and not barred:
        ids = {own.engine: _task(ctx, work, own.engine) for own in left}
        states = await ctx.fleet.states(list(ids.values()))
        left.sort(key=lambda own: states.get(ids[own.engine]) not in ("queued", "running", "completed"))
    for own in left:
        function, original = function_for(view, work.type, own.engine)
        if function:
            input = {"function": original, "input": work.input} if original else work.input
            circuit = view.circuits.get(own.engine, Circuit())
            return _Call(own, function, input, f"{work.key}-{own.engine}", view.routing.patience, circuit)
    if left and not barred:
        raise errors.UnknownFunction(f"no engine has a function for tasks of the type {work.type!r}")
    reasons = "; ".join(own.reason for own in choice.refused) or "all of them have tried"
    raise errors.Unavailable(f"no engine can do {work.type} now: {reasons}")


@contextlib.asynccontextmanager
async def _seat(ctx: Context, work: Work, view: View, choice: Choice) -> AsyncIterator[None]:
    if choice.at_once is None:
        yield
        return
    seat = Seat(ctx.id, work.key)
    if not await ctx.fleet.enter(choice.rule, choice.at_once, seat):
        with ctx.resting():
            await _wait_for_seat(ctx, seat, choice.rule, choice.at_once, view.routing.patience)
    try:
        yield
    finally:
        await asyncio.shield(ctx.fleet.leave(choice.rule, seat))


async def _wait_for_seat(ctx: Context, seat: Seat, rule: str, most: int, patience: float) -> None:
    pause, until = SEAT_EVERY, time.monotonic() + patience
    while time.monotonic() < until:
        await asyncio.sleep(pause)
        pause = min(0.5, pause * 1.5)
        if await ctx.fleet.enter(rule, most, seat):
            return
    raise errors.Overloaded(f"{most} tasks of the rule {rule} are at work, and none ended in {patience:g} s")


async def _called(ctx: Context, work: Work, call: _Call, clock: Clock) -> Any:
    engine = call.candidate.engine
    task = child_id(ctx.id, call.key)
    tell(
        ctx, Part(work.part or work.key, "running", engine, call.function, task, None, call.candidate.reason)
    )
    with clock.child():
        running = asyncio.ensure_future(ctx.call(call.function, call.input, key=call.key))
        try:
            await _wait(ctx, running, call, task)
            output = await running
        except (errors.ChildFailed, errors.UnknownFunction) as error:
            await _judge(ctx, call, error)
            tell(ctx, Part(work.part or work.key, "failed", engine, call.function, task, None, error.message))
            raise
        finally:
            if not running.done():
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    if call.circuit.open or call.circuit.failures:
        await service.ended(ctx, engine)
    return output


async def _judge(ctx: Context, call: _Call, error: errors.RevoError) -> None:
    """Nothing where the task failed for a reason of its own; _Moved where the engine is to blame."""
    kind = str(error.details.get("error") or error.code)
    if kind in CALLERS_FAULTS:
        return
    if call.circuit.healed_at is not None or call.candidate.trial:
        await service.ended(ctx, call.candidate.engine, f"{kind}: {error.message}"[:200])
    if kind in ENGINE_FAULTS or call.candidate.trial:
        raise _Moved(error.message) from error


async def _wait(ctx: Context, running: "asyncio.Future[Any]", call: _Call, task: str) -> None:
    """Until it ends; _Moved where nobody takes it, or where the engine it waits for is gone."""
    begun, pause, gone = time.monotonic(), LOOK_EVERY, 0
    while True:
        await asyncio.wait((running,), timeout=pause)
        if running.done():
            return
        pause = min(LONGEST_LOOK, pause * 1.5)
        own = (await ctx.fleet.engines([call.candidate.engine]))[call.candidate.engine]
        # A restart leaves a moment without workers: only who stays away is gone.
        gone = 0 if own.workers else gone + 1
        if gone >= GONE_AFTER:
            raise _Moved(f"{own.engine} went offline while it had the task")
        if not await _still_queued(ctx, task):
            continue
        if own.stopped:
            raise _Moved(f"{own.engine} was stopped before it began the task")
        if time.monotonic() - begun >= call.patience:
            raise _Moved(f"it waited for {call.patience:g} s and no worker took it")


async def _still_queued(ctx: Context, task: str) -> bool:
    # A later attempt of the coordinator gives a child that failed another id.
    states = set((await ctx.fleet.states([task, f"{task[:56]}-a{ctx.attempt}"])).values())
    return "queued" in states and "running" not in states


def _attempt(ctx: Context, call: _Call, begun: float, error: str) -> Attempt:
    return Attempt(
        call.candidate.engine,
        call.function,
        child_id(ctx.id, call.key),
        "moved" if error else "completed",
        call.candidate.reason,
        round((time.monotonic() - begun) * 1000, 3),
        call.candidate.trial,
        error,
    )


def _task(ctx: Context, work: Work, engine: str) -> str:
    return child_id(ctx.id, f"{work.key}-{engine}")
