"""Pages, tables and members as Markdown. Knows nothing of what is told."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

import msgspec

Schema = dict[str, Any]

NOTE = "<!-- Written by `just docs` from the tables in the code: change those, not this file. -->"


def page(title: str, *parts: str) -> str:
    """A page: its title, a note on where it comes from, and its parts."""
    return "\n\n".join((f"# {title}", NOTE, *(part for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table; nothing where it has no rows.

    >>> print(table(("a", "b"), [("1", "x | y")]))
    | a | b |
    |---|---|
    | 1 | x \| y |
    """
    lines = [_row(row) for row in rows]
    return "\n".join([_row(head), "|" + "---|" * len(head), *lines]) if lines else ""


def code(text: str) -> str:
    """Inline code, or nothing for nothing."""
    return f"`{text}`" if text else ""


def block(text: str, language: str = "") -> str:
    """A fenced block."""
    return f"```{language}\n{text.rstrip()}\n```"


def members(schema: Schema, told: Container[str] = ()) -> str:
    """The members of an object schema as a table; below it those of the types it names that nobody `told`."""
    parts = [_members(schema)]
    for name, kind in schema.get("$defs", {}).items():
        if name not in told:
            parts += [f"`{name}`: {_said(kind)}" if kind.get("description") else f"`{name}`", _members(kind)]
    return "\n\n".join(part for part in parts if part)


def type_name(kind: Schema) -> str:
    """A short name for the type of a member, with its limits.

    >>> type_name({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
    'integer, from 1, or null'
    """
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    if "anyOf" in kind:
        first, *rest = (type_name(part) for part in kind["anyOf"])
        return "".join((first, *(f", or {other}" if "," in first else f" or {other}" for other in rest)))
    if "enum" in kind:
        return " | ".join(str(value) for value in kind["enum"])
    if "prefixItems" in kind:
        return f"[{', '.join(type_name(part) for part in kind['prefixItems'])}]"
    if kind.get("type") == "array":
        return f"list of {type_name(kind.get('items', {}))}"
    if kind.get("type") == "string" and kind.get("format"):
        return str(kind["format"])
    if kind.get("title") == "Path" and "type" not in kind:
        return "path"
    return ", ".join([str(kind.get("type", "any JSON")), *_limits(kind)])


def _limits(kind: Schema) -> list[str]:
    words = {
        "minimum": "from {}",
        "exclusiveMinimum": "above {}",
        "maximum": "to {}",
        "exclusiveMaximum": "below {}",
        "pattern": "like {}",
    }
    return [said.format(kind[key]) for key, said in words.items() if key in kind]


def _members(schema: Schema) -> str:
    if "enum" in schema and "properties" not in schema:
        return f"One of {type_name(schema)}."
    required = schema.get("required", [])
    rows = [
        (code(name), type_name(kind), "yes" if name in required else "", _default(kind), meaning(kind))
        for name, kind in schema.get("properties", {}).items()
    ]
    return table(("member", "type", "always", "default", "meaning"), rows)


def meaning(kind: Schema) -> str:
    """What the description of a member says; that of its first alternative where it may be null."""
    inner = next((part["description"] for part in kind.get("anyOf", []) if "description" in part), "")
    return str(kind.get("description", inner))


def _default(kind: Schema) -> str:
    return code(msgspec.json.encode(kind["default"]).decode()) if "default" in kind else ""


def _said(kind: Schema) -> str:
    return str(kind["description"]).strip().splitlines()[0]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(" ".join(cell.split())) for cell in cells) + " |"


def _cell(text: str) -> str:
    # A < outside of code would begin a tag.
    parts = text.replace("|", "\\|").split("`")
    return "`".join(part.replace("<", "&lt;") if place % 2 == 0 else part for place, part in enumerate(parts))
