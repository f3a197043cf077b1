"""JSON Schemas as providers take them, and JSON out of what models wrap around it."""

import re
from typing import Any

import msgspec

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
_LOOSE = frozenset(("title", "default"))


def of(kind: Any) -> dict[str, Any]:
    """The schema of a type, with every member required and no others, as strict answers need it."""
    (root,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    plain: dict[str, Any] = dict(root)
    name = str(plain.get("$ref", "")).rpartition("/")[2]
    if name in parts:
        plain = dict(parts[name])
    # A type that names itself keeps its entry; nobody else refers to the root.
    rest = {key: part for key, part in parts.items() if key != name or _mentions(parts, name)}
    found: dict[str, Any] = _closed({**plain, "$defs": rest} if rest else plain)
    return found


def strict(schema: Any) -> bool:
    """Whether a schema can be followed to the letter: no free keys, no tuples, no values of any kind.

    >>> strict(of(dict[str, int])), strict(of(list[int]))
    (False, True)
    """
    if isinstance(schema, list):
        return all(strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    if "prefixItems" in schema or (schema.get("type") == "array" and "items" not in schema):
        return False
    named = (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values())
    inner = (schema.get("items", True), schema.get("anyOf", True))
    return all(part != {} and strict(part) for part in (*named, *inner))


def spoken(text: str) -> str:
    r"""The answer without what a reasoning model thought aloud before it.

    >>> spoken("<think>hm, 2 and 2</think>\n\n4")
    '4'
    """
    return _THOUGHT.sub("", text)


def json_in(text: str) -> bytes:
    r"""The JSON of an answer: all of it, or what stands in its only fence.

    >>> json_in('Here it is:\n```json\n{"a": 1}\n```\n')
    b'{"a": 1}'
    """
    plain = spoken(text).strip()
    fenced = _FENCED.findall(plain)
    return (fenced[0] if len(fenced) == 1 and plain[:1] not in ("{", "[") else plain).encode()


def _mentions(parts: Any, name: str) -> bool:
    return f'"#/$defs/{name}"' in msgspec.json.encode(parts).decode()


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _inside(key, part) for key, part in schema.items() if key not in _LOOSE}
    if "properties" in found:
        found["required"] = list(found["properties"])
        found["additionalProperties"] = False
    return found


def _inside(key: str, part: Any) -> Any:
    # What stands under these is a name chosen by somebody, `title` and `default` included.
    if key in ("properties", "$defs"):
        return {name: _closed(own) for name, own in part.items()}
    return part if key in ("enum", "const", "required") else _closed(part)
