"""JSON Schema (2020-12) of the types that travel."""

from typing import Any

import msgspec


def of(kind: Any) -> dict[str, Any]:
    """The schema of a type, its own members at the top so that forms and people find them.

    >>> of(int)
    {'type': 'integer'}
    """
    schema = msgspec.json.schema(kind, schema_hook=_unknown)
    reference = schema.get("$ref", "")
    if not reference.startswith("#/$defs/"):
        return schema
    rest = dict(schema["$defs"])
    top = rest[reference.removeprefix("#/$defs/")]
    if f'"{reference}"' not in msgspec.json.encode(rest).decode():
        rest.pop(reference.removeprefix("#/$defs/"))
    return {**top, "$defs": rest} if rest else dict(top)


def _unknown(kind: type) -> dict[str, Any]:
    # A type that JSON Schema cannot say is any value, under the type's own name.
    return {"title": kind.__name__}
