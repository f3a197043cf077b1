"""A program of its own: the public things of each file and whether they have a docstring, as JSON.

Run as `python -I docstrings.py` inside the sandbox. It reads `{"directory": ..., "files": [...]}` from its
input, imports nothing of ours and executes nothing of the project.
"""

import ast
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
UNSAID = frozenset(("overload", "override", "setter", "deleter", "getter"))
"""Decorators of what says nothing new: its docstring stands elsewhere."""


def things_of(tree: ast.Module, module: str) -> Iterator[tuple[str, str, int, bool]]:
    """Kind, name, line and whether it is documented, for all that is public in a module."""
    if tree.body:
        yield "module", module, 1, ast.get_docstring(tree) is not None
    yield from _below(tree, "", _exported(tree))


def _below(
    node: ast.Module | ast.ClassDef, prefix: str, only: set[str] | None
) -> Iterator[tuple[str, str, int, bool]]:
    for child in _statements(node.body):
        if not isinstance(child, Definition) or not _public(child, only):
            continue
        kind = "class" if isinstance(child, ast.ClassDef) else "method" if prefix else "function"
        name = prefix + child.name
        yield kind, name, child.lineno, ast.get_docstring(child) is not None
        if isinstance(child, ast.ClassDef):
            yield from _below(child, f"{name}.", None)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What a body defines, also under `if` and `try`."""
    for child in body:
        if isinstance(child, ast.If | ast.Try):
            yield from _statements([*child.body, *child.orelse])
        else:
            yield child


def _public(child: Definition, only: set[str] | None) -> bool:
    if only is not None and child.name not in only:
        return False
    if child.name.startswith("_"):
        return False
    return not any(_word(decorator) in UNSAID for decorator in child.decorator_list)


def _word(decorator: ast.expr) -> str:
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""


def _exported(tree: ast.Module) -> set[str] | None:
    """The names in `__all__` where that is a plain list, else None."""
    for child in tree.body:
        targets = child.targets if isinstance(child, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            try:
                return {str(name) for name in ast.literal_eval(child.value)}  # type: ignore[attr-defined]
            except (ValueError, TypeError, SyntaxError):
                return None
    return None


def main() -> None:
    """Reads the question, prints the answer."""
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    answer: dict[str, Any] = {"things": {}, "broken": {}}
    for file in question["files"]:
        try:
            tree = ast.parse((Path(question["directory"]) / file).read_bytes(), file)
            answer["things"][file] = list(things_of(tree, file.removesuffix(".py").replace("/", ".")))
        except SyntaxError as error:
            answer["broken"][file] = f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            answer["broken"][file] = str(error) or type(error).__name__
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
