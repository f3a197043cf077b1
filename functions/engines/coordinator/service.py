"""Looks at the engines before a task is given out, and writes down what came of it."""

import asyncio
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from functions.context import Context
from functions.engines.coordinator import circuits
from functions.ports import Circuit
from subjects import codec
from subjects.routing import EngineFacts, Routing


class View(Struct, frozen=True):
    """The engines at one moment. `trials` are out of service and may be tried now."""

    routing: Routing
    facts: dict[str, EngineFacts]
    circuits: dict[str, Circuit]
    trials: frozenset[str]
    functions: frozenset[str]


async def look(ctx: Context, *more: str) -> View:
    """The engines of the rules, and `more`; engines whose error is new or over are told of."""
    rules, known, functions = await asyncio.gather(
        ctx.fleet.routing(), ctx.fleet.circuits(), ctx.fleet.functions()
    )
    names = list(dict.fromkeys([*rules.engines, *(name for name in more if name)]))
    facts = dict(await ctx.fleet.engines(names))
    now, trials, latest = codec.now(), set(), dict(known)
    for name, own in facts.items():
        before = known.get(name, Circuit())
        after = await _changed(ctx, name, before, circuits.seen(before, own.failing, now))
        latest[name] = after
        facts[name] = replace(own, failing=after.reason if after.open else "")
        if circuits.trial_due(after, rules.trial_every, now):
            trials.add(name)
    return View(rules, facts, latest, frozenset(trials), functions)


async def try_out(ctx: Context, view: View, engine: str) -> bool:
    """Whether this task is the one that an engine is tried on; False where another one is."""
    before = view.circuits.get(engine, Circuit())
    return await ctx.fleet.change(engine, before, circuits.tried(before, codec.now()))


async def ended(ctx: Context, engine: str, reason: str = "") -> None:
    """Write down that a task was done, or for which reason of the engine it was not."""
    known = await ctx.fleet.circuits()
    before, now = known.get(engine, Circuit()), codec.now()
    await _changed(ctx, engine, before, _after(before, reason, now))


def _after(before: Circuit, reason: str, now: datetime) -> Circuit:
    return circuits.failed(before, reason, now) if reason else circuits.succeeded(before, now)


async def _changed(ctx: Context, engine: str, before: Circuit, after: Circuit) -> Circuit:
    if after == before:
        return before
    if not await ctx.fleet.change(engine, before, after):
        return (await ctx.fleet.circuits()).get(engine, before)
    if after.open and not before.open:
        ctx.log.warning("engine out of service", engine=engine, reason=after.reason)
    elif before.open and not after.open:
        ctx.log.info("engine back in service", engine=engine)
    return after
