"""Words of a command line as the input of a function, by its JSON Schema."""

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from subjects import errors

Schema = dict[str, Any]


def input_of(schema: Schema, given: str | None, words: Sequence[str]) -> dict[str, Any]:
    """The input: what `-i` gave, and over it the `--key value` words. InvalidInput, with a hint, else."""
    value = read(given)
    if words and not isinstance(value, dict):
        raise errors.InvalidInput("--key value goes with an input that is an object")
    if not words:
        return value  # type: ignore[no-any-return]
    return {**value, **parse(schema, words)}


def read(given: str | None) -> Any:
    """JSON from the command line itself, from a file (`@name`) or from standard input (`-`)."""
    if given is None:
        return {}
    if given == "-":
        text, where = sys.stdin.buffer.read(), "standard input"
    elif given.startswith("@"):
        try:
            text, where = Path(given[1:]).read_bytes(), given[1:]
        except OSError as error:
            raise errors.InvalidRequest(f"{given[1:]}: {error.strerror}") from None
    else:
        text, where = given.encode(), "-i"
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise errors.InvalidJson(f"{where}: {error}") from None


def parse(schema: Schema, words: Sequence[str]) -> dict[str, Any]:
    """Members from `--key value`, `--key=value`, `--flag`, `--no-flag`; a key that comes again makes a list.

    >>> parse({"properties": {"n": {"type": "integer"}, "deep": {"type": "boolean"}}}, ["--n", "3", "--deep"])
    {'n': 3, 'deep': True}
    """
    found: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise errors.InvalidInput(f"{word!r} is no --key; the input is given as --key value or with -i")
        key, equals, text = word[2:].partition("=")
        name, kind = _member(schema, key)
        if not equals and _accepts(schema, kind, "boolean") and (not rest or rest[0].startswith("--")):
            value: Any = not (key.startswith("no-") and name != key)
        else:
            if not equals:
                if not rest:
                    raise errors.InvalidInput(f"--{key} needs a value")
                text = rest.pop(0)
            value = _value(schema, kind, text)
        if name in found and _accepts(schema, kind, "array"):
            found[name] = [*found[name], *value]
        else:
            found[name] = value
    return found


def _member(schema: Schema, key: str) -> tuple[str, Schema]:
    known: dict[str, Schema] = schema.get("properties", {})
    for name in (key, key.replace("-", "_"), key.removeprefix("no-").replace("-", "_")):
        if name in known:
            return name, known[name]
    if "properties" not in schema or schema.get("additionalProperties"):
        return key, {}
    close = difflib.get_close_matches(key, known, 1)
    hint = (
        f"; did you mean --{close[0]}?" if close else f"; it takes {', '.join(f'--{name}' for name in known)}"
    )
    raise errors.InvalidInput(f"the input has no member {key!r}{hint}")


def _value(schema: Schema, kind: Schema, text: str) -> Any:
    try:
        value = msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        value = text
    if _accepts(schema, kind, "array") and not isinstance(value, list):
        # `--only a --only b` is a list of two.
        return [value if not _accepts(schema, kind.get("items", {}), "string") else text]
    if isinstance(value, str):
        return value if value != text else text
    # A function that takes text gets "12", not 12.
    return text if _accepts(schema, kind, "string") and not _takes(schema, kind, value) else value


def _takes(schema: Schema, kind: Schema, value: Any) -> bool:
    names = {
        bool: "boolean",
        int: "integer",
        float: "number",
        list: "array",
        dict: "object",
        type(None): "null",
    }
    name = names[type(value)]
    return _accepts(schema, kind, name) or (name == "integer" and _accepts(schema, kind, "number"))


def _accepts(schema: Schema, kind: Schema, name: str) -> bool:
    if "$ref" in kind:
        kind = schema.get("$defs", {}).get(str(kind["$ref"]).rpartition("/")[2], {})
    if "anyOf" in kind:
        return any(_accepts(schema, part, name) for part in kind["anyOf"])
    if "enum" in kind:
        return name == "string" and any(isinstance(value, str) for value in kind["enum"])
    given = kind.get("type")
    return name in given if isinstance(given, list) else given == name


def rows(schema: Schema) -> list[tuple[str, str, str, str]]:
    """Each member for a person: its option, type, default, and what it means."""
    required = schema.get("required", [])
    return [
        (
            f"--{name}",
            type_name(schema, kind),
            "required" if name in required else _default(kind),
            kind.get("description", ""),
        )
        for name, kind in schema.get("properties", {}).items()
    ]


def type_name(schema: Schema, kind: Schema) -> str:
    """A short name for a type.

    >>> type_name({}, {"anyOf": [{"type": "string"}, {"type": "null"}]})
    'string or null'
    """
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    if "anyOf" in kind:
        return " or ".join(type_name(schema, part) for part in kind["anyOf"])
    if "enum" in kind:
        return " | ".join(str(value) for value in kind["enum"])
    if kind.get("type") == "array":
        return f"list of {type_name(schema, kind.get('items', {}))}"
    return str(kind.get("type", "any"))


def _default(kind: Schema) -> str:
    return msgspec.json.encode(kind["default"]).decode() if "default" in kind else ""
