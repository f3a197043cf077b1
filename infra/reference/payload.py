"""JSON Schemas of the messages that travel, with what their types alone do not say."""

import typing
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Raw

from subjects import schema


def of(kind: type[Any]) -> dict[str, Any]:
    """The schema of a message.

    >>> from subjects.messages import Submission
    >>> of(Submission)["properties"]["input"]
    {'default': {}}
    """
    own = plain(kind)
    described = schema.of(own)
    for found in structs(own):
        _tell_times(found, described if found is own else described["$defs"][found.__name__])
    return described


def structs(kind: Any) -> list[type[Any]]:
    """A struct and all structs that its members can hold, each once."""
    found: list[type[Any]] = []
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        waiting += typing.get_args(one)
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one not in found:
            found.append(one)
            waiting += [own.type for own in msgspec.structs.fields(one)]
    return found


def _tell_times(kind: type[Any], described: dict[str, Any]) -> None:
    # Times are written in RFC 3339; msgspec says so only where a time zone is demanded of who writes.
    for own in msgspec.structs.fields(kind):
        if own.type is datetime or datetime in typing.get_args(own.type):
            member = described["properties"][own.encode_name]
            for part in member.get("anyOf", [member]):
                if part.get("type") == "string":
                    part["format"] = "date-time"


def plain(kind: type[Any]) -> type[Any]:
    """The struct itself, or one of the same members where its defaults cannot be said as a schema.

    A member that is kept as raw JSON is any JSON value to who reads, and its default the value of that JSON.
    A path is told as text.
    """
    fields = msgspec.structs.fields(kind)
    if not any(own.type is Raw or isinstance(own.default, Path) for own in fields):
        return kind
    made = msgspec.defstruct(
        kind.__name__,
        [(own.name, Any if own.type is Raw else own.type, _default(own)) for own in fields],
        kw_only=True,
        forbid_unknown_fields=kind.__struct_config__.forbid_unknown_fields,
    )
    made.__doc__ = kind.__doc__
    return made


def _default(own: Any) -> Any:
    if own.required:
        return msgspec.field(name=own.encode_name)
    if own.default_factory is not msgspec.NODEFAULT and own.type is not Raw:
        return msgspec.field(default_factory=own.default_factory, name=own.encode_name)
    if isinstance(own.default, Path):
        return msgspec.field(default=str(own.default), name=own.encode_name)
    if own.type is not Raw:
        return msgspec.field(default=own.default, name=own.encode_name)
    value = msgspec.json.decode(cast("Callable[[], Raw]", own.default_factory)())
    if isinstance(value, dict | list):
        return msgspec.field(default_factory=type(value), name=own.encode_name)
    return msgspec.field(default=value, name=own.encode_name)
