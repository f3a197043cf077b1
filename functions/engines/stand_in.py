"""One engine does another one's work: its function, run here, under this engine's name and limits."""

import importlib
from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from functions.api import Function, function, run
from functions.context import Context
from subjects import codec
from subjects.errors import InvalidInput, UnknownFunction

BUILTIN = "functions.builtin"
"""By its name only: the list of all functions holds this one, and cannot be imported from here."""
MARK = "stand_in"


class StandIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Another engine's function, and what it takes."""

    function: Annotated[str, Meta(description="<engine>.<name>, one of ours.")]
    input: Any = field(default_factory=dict)


@function("parallel_mind.stand_in", timeout=86_400, private=True)
async def for_parallel_mind(input: StandIn, ctx: Context) -> Any:
    """Do the work of an engine that cannot do it now: its function, run on a worker of parallel_mind."""
    return await stand_in(input, ctx)


@function("perfect_recall.stand_in", timeout=86_400, private=True)
async def for_perfect_recall(input: StandIn, ctx: Context) -> Any:
    """Do the work of an engine that cannot do it now: its function, run on a worker of perfect_recall."""
    return await stand_in(input, ctx)


@function("creative.stand_in", timeout=86_400, private=True)
async def for_creative(input: StandIn, ctx: Context) -> Any:
    """Do the work of an engine that cannot do it now: its function, run on a worker of creative."""
    return await stand_in(input, ctx)


async def stand_in(input: StandIn, ctx: Context) -> Any:
    """What the function gives, with this task's context: its events and its children are this task's."""
    own = found(input.function, importlib.import_module(BUILTIN).FUNCTIONS)
    return await run(own.bind(codec.encode(input.input), ctx))


def found(name: str, functions: Iterable[Function[..., Any]]) -> Function[..., Any]:
    """The function of that name that can run in place of its own worker; UnknownFunction or InvalidInput."""
    for own in functions:
        if own.name == name:
            if own.isolation != "loop" or own.short == MARK:
                raise InvalidInput(f"{name} needs a worker of its own; nobody can stand in for it")
            return own
    raise UnknownFunction(f"there is no function {name[:80]!r} among ours")


FUNCTIONS = (for_parallel_mind, for_perfect_recall, for_creative)
