"""Check deployment files inside the sandbox: files as JSON on stdin, findings as JSON on stdout.

What the files say is never run; of Kubernetes every error of every document is told, not the first alone.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

MOST_NODES = 100_000
"""Of one file, repeated ones counted each time: anchors can make a small file huge."""

Finding = tuple[str, str, str, int, str, str]
"""Tool, rule, severity, line, message, fix."""
Lines = dict[tuple[Any, ...], int]


class UnusableError(Exception):
    """A file that cannot be read as what it is; with its line."""

    def __init__(self, message: str, line: int) -> None:
        self.line = line
        super().__init__(message)


def main() -> None:
    """Findings of each file."""
    question = json.load(sys.stdin)
    answer = {name: list(checked(name, text, question)) for name, text in question["files"].items()}
    json.dump(answer, sys.stdout)


def rules(name: str) -> Any:
    """A module that lies beside this program, which runs without a path of its own."""
    here = str(Path(__file__).parent)
    if here not in sys.path:
        sys.path.append(here)
    return importlib.import_module(name)


def checked(name: str, text: str, question: dict[str, Any]) -> Iterator[Finding]:
    """By the kind of the file."""
    last = name.rpartition("/")[2].lower()
    if last.startswith("dockerfile") or last.endswith(".dockerfile"):
        yield from rules("containers").dockerfile(text)
    elif last.endswith((".yaml", ".yml", ".json")):
        yield from yaml_file(last, text, question)


def yaml_file(last: str, text: str, question: dict[str, Any]) -> Iterator[Finding]:
    """A compose file or documents of Kubernetes."""
    try:
        documents = list(read(text))
    except UnusableError as error:
        yield "yaml", "unreadable", "high", error.line, str(error), ""
        return
    for value, lines in documents:
        if value is None:
            continue
        if isinstance(value, dict) and ("compose" in last or ("services" in value and "kind" not in value)):
            for rule, severity, path, message, fix in rules("containers").compose(value):
                yield "revoagent", rule, severity, line_at(lines, path), message, fix
        elif isinstance(value, dict) and isinstance(value.get("kind"), str) and "apiVersion" in value:
            yield from kubernetes(value, lines, question)
        else:
            yield (
                "yaml",
                "unknown-document",
                "low",
                lines[()],
                "neither Kubernetes nor compose: not checked",
                "",
            )


def read(text: str) -> Iterator[tuple[Any, Lines]]:
    """Each document as plain values, with the line of each."""
    try:
        for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
            lines: Lines = {}
            yield value_of(node, (), lines, [MOST_NODES]), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise UnusableError(f"no YAML: {error.problem}", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnusableError(f"no YAML: {type(error).__name__}: {str(error)[:200]}", 0) from None


def value_of(node: yaml.Node | None, path: tuple[Any, ...], lines: Lines, left: list[int]) -> Any:
    """A node as a plain value. What stands behind an anchor is counted as often as it is used."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    lines[path] = line
    left[0] -= 1
    if left[0] < 0 or len(path) > 60:
        raise UnusableError("it unfolds to more than can be checked", line)
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item, (*path, place), lines, left) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return mapping(node, path, lines, left)
    value = yaml.constructor.SafeConstructor().construct_object(node)
    return value if isinstance(value, str | int | float | bool | None) else str(node.value)


def mapping(node: yaml.MappingNode, path: tuple[Any, ...], lines: Lines, left: list[int]) -> dict[str, Any]:
    """A mapping, in which no key may come twice; `<<` takes the keys of others in."""
    found: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if key_node.tag == "tag:yaml.org,2002:merge":
            value = value_of(value_node, (*path, "<<"), lines, left)
            for other in value if isinstance(value, list) else [value]:
                merged |= other if isinstance(other, dict) else {}
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            raise UnusableError("a key is no plain text", line)
        key = str(key_node.value)
        if key in found:
            raise UnusableError(f"the key {key[:100]!r} is there twice", line)
        found[key] = value_of(value_node, (*path, key), lines, left)
        lines[*path, key] = line
    return {**merged, **found}


def kubernetes(value: dict[str, Any], lines: Lines, question: dict[str, Any]) -> Iterator[Finding]:
    """The schema of its kind, then what a schema cannot say."""
    if question["kubernetes"]:
        for path, message in rules("kinds").schema_errors(value, question["kubernetes"], question["schemas"]):
            rule, severity = ("unknown-kind", "low") if "not checked" in message else ("schema", "high")
            yield "kubernetes-validate", rule, severity, line_at(lines, path), message, ""
    for rule, severity, path, message, fix in rules("manifests").safety(value):
        yield "revoagent", rule, severity, line_at(lines, path), message, fix


def line_at(lines: Lines, path: tuple[Any, ...]) -> int:
    """The line of a place, or of what is nearest above it."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 0)


if __name__ == "__main__":
    main()
