"""Outputs of earlier steps inside the input of a later one: `{"$from": "recall.memories.0.text"}`.

>>> filled({"text": {"$from": "a.found.0"}, "n": 1}, {"a": {"found": ["x"]}})
{'text': 'x', 'n': 1}
>>> sorted(named({"one": {"$from": "a.x"}, "more": [{"$from": "b"}]}))
['a', 'b']
"""

from collections.abc import Iterator, Mapping
from typing import Any

from subjects.errors import InvalidInput

FROM = "$from"


def is_reference(value: Any) -> bool:
    """Whether a JSON value stands for an output."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get(FROM), str)


def named(value: Any) -> Iterator[str]:
    """The steps whose outputs a JSON value needs."""
    if is_reference(value):
        yield value[FROM].partition(".")[0]
    elif isinstance(value, dict):
        for own in value.values():
            yield from named(own)
    elif isinstance(value, list):
        for own in value:
            yield from named(own)


def filled(value: Any, outputs: Mapping[str, Any]) -> Any:
    """The JSON value with the outputs in their places; InvalidInput where an output has no such place."""
    if is_reference(value):
        return looked_up(value[FROM], outputs)
    if isinstance(value, dict):
        return {key: filled(own, outputs) for key, own in value.items()}
    if isinstance(value, list):
        return [filled(own, outputs) for own in value]
    return value


def looked_up(path: str, outputs: Mapping[str, Any]) -> Any:
    """What stands at a path: the step, then members of objects and places in lists."""
    step, *rest = path.split(".")
    found: Any = outputs[step]
    for place, part in enumerate(rest):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (KeyError, IndexError, ValueError, TypeError):
            have = f"it has {', '.join(list(found)[:8])}" if isinstance(found, dict) else "it has no members"
            where = ".".join([step, *rest[:place]])
            raise InvalidInput(f"{path}: there is no {part!r} in {where}; {have}") from None
    return found
