"""An answer as a typed value: asked with the schema of the type, checked, and repaired once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from functions.adapters.models import shape
from functions.ports import Prompt, Reply, Turn
from subjects.errors import ModelFailed

T = TypeVar("T")


async def filled(ask: Callable[[Prompt], Awaitable[Reply]], prompt: Prompt, kind: type[T]) -> tuple[T, Reply]:
    """The value and the reply that held it; ModelFailed where the second answer is wrong too."""
    asked = replace(prompt, schema=shape.of(kind))
    reply = await ask(asked)
    try:
        return _read(reply, kind), reply
    except _Unreadable as error:
        wrong = str(error)
    said = Turn("assistant", reply.text)
    repair = Turn(
        "user", f"That cannot be read: {wrong}. Answer again, with JSON that fits the schema, alone."
    )
    again = await ask(replace(asked, turns=[*prompt.turns, said, repair]))
    again = replace(again, use=reply.use.plus(again.use))
    try:
        return _read(again, kind), again
    except _Unreadable as error:
        said_by = again.use.name
        raise ModelFailed(f"{said_by} did not answer in the form that was asked for: {error}") from None


class _Unreadable(Exception):
    """The answer is no value of the type."""


def _read(reply: Reply, kind: type[T]) -> T:
    if reply.finish == "length":
        raise _Unreadable("it was longer than allowed and is cut off")
    try:
        return msgspec.json.decode(shape.json_in(reply.text), type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _Unreadable(str(error)[:300]) from None
