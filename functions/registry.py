"""Finds functions in modules: by import path or entry point, without any import having side effects."""

import difflib
import importlib
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from functions.api import Function
from subjects import errors

ENTRY_POINTS = "revoagent.functions"

Registry = Mapping[str, Function[..., Any]]


def load(targets: Iterable[str], only: Iterable[str] = ()) -> dict[str, Function[..., Any]]:
    """The functions of some targets by full name: `package.module`, `package.module:name` or `entry:name`.

    With `only`, those of the named queues or functions. InvalidRequest, with a hint, for what is not there.
    """
    found: dict[str, Function[..., Any]] = {}
    for target in targets:
        for function in _of(target):
            other = found.get(function.name)
            if other is not None and other is not function and other.target != function.target:
                raise errors.InvalidRequest(
                    f"{function.name} is defined twice: {other.target} and {function.target}"
                )
            found[function.name] = function
    return _only(found, tuple(only))


def entry_points() -> list[str]:
    """The targets that installed packages offer."""
    return [f"entry:{point.name}" for point in importlib.metadata.entry_points(group=ENTRY_POINTS)]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name, or nothing."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _of(target: str) -> list[Function[..., Any]]:
    if target.startswith("entry:"):
        for point in importlib.metadata.entry_points(group=ENTRY_POINTS, name=target.removeprefix("entry:")):
            return _in(point.load())
        raise errors.InvalidRequest(f"no installed package offers the entry point {target!r}")
    module_name, _, attribute = target.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        # Appended, never inserted: a folder named like one of our packages must not win over it.
        sys.path.append(here)
    path = Path(module_name)
    if path.suffix == ".py":
        sys.path.append(str(path.parent.resolve()))
        module_name = path.stem
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name and not module_name.startswith(f"{error.name}."):
            raise
        raise errors.InvalidRequest(f"no module {module_name!r} can be imported from {here}") from error
    if not attribute:
        return _in(module)
    if not hasattr(module, attribute):
        raise errors.InvalidRequest(f"{module_name} has no {attribute!r}{nearest(attribute, vars(module))}")
    functions = _in(getattr(module, attribute))
    if not functions:
        raise errors.InvalidRequest(f"{target} is no function; decorate it with @function(...)")
    return functions


def _in(thing: Any) -> list[Function[..., Any]]:
    if isinstance(thing, Function):
        return [thing]
    if isinstance(thing, list | tuple):
        return [function for part in thing for function in _in(part)]
    values = vars(thing).values() if hasattr(thing, "__dict__") else ()
    return [
        function
        for value in values
        for function in (
            [value] if isinstance(value, Function) else value if isinstance(value, tuple) else []
        )
        if isinstance(function, Function)
    ]


def _only(found: dict[str, Function[..., Any]], only: tuple[str, ...]) -> dict[str, Function[..., Any]]:
    if not only:
        return found
    queues = {function.queue for function in found.values()}
    for name in only:
        if name not in found and name not in queues:
            raise errors.InvalidRequest(
                f"no function or queue {name!r} here{nearest(name, [*found, *queues])}"
            )
    return {name: function for name, function in found.items() if name in only or function.queue in only}
