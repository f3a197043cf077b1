"""A program of its own: a schema as plain JSON, what it refers to outside itself, and samples that fit it.

Run as `python -I schemas.py` inside the sandbox. It reads `{"text": ..., "kind": ...}` from its input and
imports nothing of ours. YAML may hold what grows without end when it is written out; the sandbox bounds that.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
DEEPEST = 12
MOST_NODES = 300_000

STRINGS = {
    "date-time": "2026-01-02T03:04:05+00:00", "date": "2026-01-02", "time": "03:04:05+00:00",
    "uuid": "12345678-1234-5678-1234-567812345678", "email": "a@example.org", "uri": "https://example.org/",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "hostname": "example.org", "byte": "YQ==", "binary": "a",
    "duration": "P1D",
}  # fmt: skip


class NoSample(Exception):
    """No sample of this schema can be made by simple means."""


def read(text: str) -> Any:
    """JSON, or YAML where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        import yaml  # noqa: PLC0415 - only where it is needed

        return yaml.safe_load(text)


def kind_of(value: Any) -> str:
    """What a document is, by what stands in it."""
    if isinstance(value, dict):
        if "openapi" in value or "swagger" in value:
            return "openapi"
        if {
            "$schema",
            "properties",
            "$defs",
            "definitions",
            "$ref",
            "allOf",
            "anyOf",
            "oneOf",
        } & value.keys():
            return "jsonschema"
        if isinstance(value.get("type"), str | list) and value.keys() <= {
            "type",
            "items",
            "enum",
            "title",
            "format",
        }:
            return "jsonschema"
    return "json"


def outside(value: Any) -> Iterator[str]:
    """References that lead out of the document; ValueError where it has no end, as YAML's aliases can do."""
    todo = [value]
    seen = 0
    while todo:
        node = todo.pop()
        seen += 1
        if seen > MOST_NODES:
            raise ValueError(f"it has more than {MOST_NODES} parts")
        if isinstance(node, dict):
            for key in ("$ref", "$dynamicRef"):
                target = node.get(key)
                if isinstance(target, str) and not target.startswith("#"):
                    yield target
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def definitions(document: Schema, kind: str) -> dict[str, Schema]:
    """The named schemas of a document."""
    if kind == "openapi":
        return dict(document.get("components", {}).get("schemas", {}) or document.get("definitions", {}))
    return {**document.get("definitions", {}), **document.get("$defs", {})}


def sample(schema: Any, document: Schema, depth: int = 0, *, full: bool = False) -> Any:
    """The smallest value that fits; with `full` optional members too, as deep as they end."""
    if depth > DEEPEST:
        raise NoSample("it refers to itself without an end")
    if schema is True or schema == {}:
        return "any"
    if not isinstance(schema, dict):
        raise NoSample("nothing fits it")
    given = [schema[key] for key in ("const", "default") if key in schema]
    given += [own for key in ("examples", "enum") if isinstance(schema.get(key), list) for own in schema[key]]
    if given:
        return given[0]
    if "$ref" in schema:
        return sample(target_of(schema["$ref"], document), document, depth + 1, full=full)
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return sample({**_without(schema, key), **schema[key][0]}, document, depth + 1, full=full)
    if schema.get("allOf"):
        return sample(_merged(schema, document), document, depth + 1, full=full)
    return _typed(schema, document, depth, full=full)


def _typed(schema: Schema, document: Schema, depth: int, *, full: bool) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(kind, list):
        kind = next((own for own in kind if own != "null"), "null")
    if kind == "object":
        return _object(schema, document, depth, full=full)
    if kind == "array":
        count = max(schema.get("minItems", 0), int(full))
        return [sample(schema.get("items", {}), document, depth + 1, full=full) for _ in range(count)]
    if kind == "string":
        if "pattern" in schema:
            raise NoSample("a text by a pattern")
        text = STRINGS.get(schema.get("format", ""), "text")
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 10_000)]
    if kind in ("integer", "number"):
        return _number(schema, kind)
    if kind == "boolean":
        return True
    if kind in ("null", None):
        return None if kind else "any"
    raise NoSample(f"the type {kind!r} is none")


def _number(schema: Schema, kind: str) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf", 1 if kind == "integer" else 0.5)
    value = 0 if least is None else -(-least // step) * step
    if isinstance(schema.get("exclusiveMinimum"), int | float) and value <= schema["exclusiveMinimum"]:
        value += step
    if most is not None and least is None:
        value = min(0, most // step * step - step)
    return int(value) if kind == "integer" else float(value)


def _object(schema: Schema, document: Schema, depth: int, *, full: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    required = schema.get("required", [])
    for name, own in schema.get("properties", {}).items():
        if name in required:
            found[name] = sample(own, document, depth + 1, full=full)
        elif full:
            try:
                found[name] = sample(own, document, depth + 6, full=True)
            except NoSample:
                continue
    return found


def _merged(schema: Schema, document: Schema) -> Schema:
    whole: Schema = {"properties": {}, "required": []}
    for part in [_without(schema, "allOf"), *schema["allOf"]]:
        own = target_of(part["$ref"], document) if isinstance(part, dict) and "$ref" in part else part
        if isinstance(own, dict) and "allOf" in own:
            own = _merged(own, document)
        if not isinstance(own, dict):
            raise NoSample("nothing fits it")
        whole["properties"] |= own.get("properties", {})
        whole["required"] += own.get("required", [])
        whole |= {key: value for key, value in own.items() if key not in ("properties", "required", "allOf")}
    return whole


def _without(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def target_of(reference: str, document: Any) -> Any:
    """What `#/a/b` points at in the document."""
    node = document
    for part in reference.removeprefix("#").strip("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if key:
            node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def samples(document: Any, kind: str) -> dict[str, list[Any]]:
    """Samples by the name of their schema; the empty name is the document itself."""
    if kind == "json":
        return {"": [document]}
    named = definitions(document, kind)
    wanted = named if kind == "openapi" else {**named, "": document}
    found: dict[str, list[Any]] = {}
    for name, schema in wanted.items():
        own: list[Any] = []
        for full in (False, True):
            try:
                value = sample(schema, document, full=full)
            except (NoSample, KeyError, IndexError, ValueError, TypeError, RecursionError, AttributeError):
                continue
            if value not in own:
                own.append(value)
        found[name] = own
    return found


def main() -> None:
    """Reads the question, prints the answer."""
    question = json.load(sys.stdin)
    try:
        document = read(question["text"])
    except Exception as error:  # noqa: BLE001 - whatever the parser says is the answer
        json.dump({"error": f"it is neither JSON nor YAML: {error}"[:500]}, sys.stdout)
        return
    kind = question["kind"] if question["kind"] != "auto" else kind_of(document)
    if not isinstance(document, dict) and (kind != "json" or not isinstance(document, list)):
        json.dump({"error": "a schema is an object; a sample is an object or a list"}, sys.stdout)
        return
    answer: dict[str, Any] = {"kind": kind}
    try:
        away = sorted(set(outside(document)))
        answer["outside"] = away if kind != "json" else []
        answer["text"] = json.dumps(document, default=str)
    except (ValueError, RecursionError, MemoryError) as error:
        json.dump({"error": f"it cannot be written as JSON: {error or type(error).__name__}"}, sys.stdout)
        return
    json.dump({**answer, "samples": samples(document, kind)}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
