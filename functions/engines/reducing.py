"""Puts the outputs of many tasks together as one value, in order."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from subjects.errors import InvalidInput


def fold(how: str, outputs: Iterable[bytes]) -> Any:
    """The one value; None where there are no outputs. InvalidInput where they do not go together.

    >>> fold("sum", [b"1", b"2.5"]), fold("concat", [b"[1]", b"[2]"]), fold("merge", [b'{"a":1}', b'{"b":2}'])
    (3.5, [1, 2], {'a': 1, 'b': 2})
    """
    kind, join = FOLDS[how]
    value: Any = None
    for place, output in enumerate(outputs):
        one = msgspec.json.decode(output)
        if not isinstance(one, kind) or isinstance(one, bool):
            raise InvalidInput(f"{how} takes {NAMES[kind]}; output {place} is {output[:60].decode()}")
        value = one if value is None else join(value, one)
    return value


def _sum(total: Any, one: Any) -> Any:
    return total + one


def _concat(total: list[Any], one: list[Any]) -> list[Any]:
    total.extend(one)
    return total


def _merge(total: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    total.update(one)
    return total


FOLDS: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "sum": ((int, float), _sum),
    "min": ((int, float), min),
    "max": ((int, float), max),
    "concat": (list, _concat),
    "merge": (dict, _merge),
}
"""What they take, and how one more is joined on. `merge`: a later output wins over an earlier one."""

NAMES: dict[Any, str] = {(int, float): "numbers", list: "arrays", dict: "objects"}
