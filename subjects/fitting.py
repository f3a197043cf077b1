"""Whether a value fits the schema of a function's input, as far as a glance can tell."""

from typing import Any

import msgspec

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
MOST_STEPS = 10


def misfits(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong at the top: members that lack, are of another type, or are not known. Nothing deeper.

    >>> misfits({"n": "1"}, {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["t"]})
    ['`t` is required', '`n` is to be integer']
    """
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(bytes(value))
    defs = schema.get("$defs", {})
    whole = _resolved(schema, defs)
    if not _is_a(value, whole):
        return [f"it is to be {whole['type']}"]
    if not isinstance(value, dict):
        return []
    members = whole.get("properties", {})
    found = [f"`{name}` is required" for name in whole.get("required", ()) if name not in value]
    for name, own in value.items():
        if name in members:
            part = _resolved(members[name], defs)
            if not _is_a(own, part):
                found.append(f"`{name}` is to be {part['type']}")
        elif whole.get("additionalProperties") is False:
            found.append(f"`{name[:80]}` is not known")
    return found


def _resolved(schema: Any, defs: dict[str, Any]) -> dict[str, Any]:
    for _ in range(MOST_STEPS):
        if not isinstance(schema, dict):
            break
        if "$ref" not in schema:
            return schema
        schema = defs.get(str(schema["$ref"]).rpartition("/")[2])
    return {}


def _is_a(value: Any, schema: dict[str, Any]) -> bool:
    kinds = KINDS.get(schema["type"]) if isinstance(schema.get("type"), str) else None
    if kinds is None:
        # More than one type, or none: the function decides.
        return True
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (
        schema["type"] == "integer" and isinstance(value, float) and value == int(value)
    )
