"""The fleet, lent to a child process: which calls there are, and what goes over the pipe for each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from functions.ports import Circuit, Fleet, Seat
from subjects import codec, errors
from subjects.messages import State
from subjects.routing import EngineFacts, Routing

T = TypeVar("T")

ARGUMENTS: dict[str, Any] = {
    "engines": tuple[list[str]],
    "routing": tuple[()],
    "functions": tuple[()],
    "states": tuple[list[str]],
    "enter": tuple[str, int, Seat],
    "leave": tuple[str, Seat],
    "circuits": tuple[()],
    "change": tuple[str, Circuit, Circuit],
}
"""Each method with the types of its arguments."""


async def call(fleet: Fleet, method: str, arguments: bytes) -> Raw:
    """The worker's side: the answer to one call of a child."""
    if method not in ARGUMENTS:
        raise errors.InvalidRequest(f"no port answers to fleet.{method}"[:200])
    given = codec.decode(arguments, msgspec.json.Decoder(ARGUMENTS[method]))
    answer = await getattr(fleet, method)(*given)
    return Raw(codec.encode(sorted(answer) if isinstance(answer, frozenset) else answer))


class LentFleet:
    """The child's side of `functions.ports.Fleet`."""

    def __init__(self, ask: Callable[[str, str, Any], Awaitable[Raw]]) -> None:
        self._ask = ask

    async def engines(self, names: Sequence[str]) -> Mapping[str, EngineFacts]:
        """The engines as they are now."""
        return await self._call(dict[str, EngineFacts], "engines", list(names))

    async def routing(self) -> Routing:
        """The rules that hold now."""
        return await self._call(Routing, "routing")

    async def functions(self) -> frozenset[str]:
        """Every function that was ever announced."""
        return frozenset(await self._call(list[str], "functions"))

    async def states(self, tasks: Sequence[str]) -> Mapping[str, State]:
        """Where tasks stand."""
        return await self._call(dict[str, State], "states", list(tasks))

    async def enter(self, rule: str, most: int, seat: Seat) -> bool:
        """A seat."""
        return await self._call(bool, "enter", rule, most, seat)

    async def leave(self, rule: str, seat: Seat) -> None:
        """Give a seat back."""
        await self._call(object, "leave", rule, seat)

    async def circuits(self) -> Mapping[str, Circuit]:
        """What is known of engines that were in error."""
        return await self._call(dict[str, Circuit], "circuits")

    async def change(self, engine: str, before: Circuit, after: Circuit) -> bool:
        """Put what is known of an engine in the place of what was known."""
        return await self._call(bool, "change", engine, before, after)

    async def _call(self, kind: type[T], method: str, *arguments: Any) -> T:
        return msgspec.json.decode(await self._ask("fleet", method, arguments), type=kind)
