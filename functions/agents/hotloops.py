"""A program of its own: what is written inside loops that is known to be slow, as JSON.

Run as `python -I hotloops.py` inside the sandbox. It reads `{"directory": ..., "files": [...]}` from its
input, imports nothing of ours and executes nothing of the project. It says what stands there, by line; how
much time a line takes is for a profile to say.
"""

import ast
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = tuple[str, int, int, str, int, int]
"""Rule, first and last line, the name that it is about, and the lines of the innermost loop around it."""

LOOPS = ast.For | ast.AsyncFor | ast.While
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
QUERIES = frozenset(("execute", "executemany", "fetchone", "fetchall", "scalar", "query"))
ASKED = frozenset(("requests.get", "requests.post", "httpx.get", "httpx.post", "urllib.request.urlopen"))


class Scope:
    """What the names of one function or module are bound to, as far as the text says it."""

    def __init__(self, body: list[ast.stmt], arguments: ast.arguments | None = None) -> None:
        self.kinds: dict[str, set[str]] = {}
        if arguments is not None:
            for own in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                self._bind(own.arg, _annotated(own.annotation))
        for node in _inside(body):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(_name(target), _kind(node.value))
            elif isinstance(node, ast.AnnAssign):
                kind = _annotated(node.annotation)
                self._bind(
                    _name(node.target), kind if kind != "?" or node.value is None else _kind(node.value)
                )
            elif isinstance(node, LOOPS) and not isinstance(node, ast.While):
                self._bind(_name(node.target), "?")

    def _bind(self, name: str, kind: str) -> None:
        if name:
            self.kinds.setdefault(name, set()).add(kind)

    def only(self, name: str, kind: str) -> bool:
        """Whether a name is never bound to anything else."""
        return self.kinds.get(name) == {kind}


def rows_of(tree: ast.Module) -> Iterator[Row]:
    """Every slow thing that stands inside a loop."""
    yield from _walk(tree.body, Scope(tree.body), [])


def _walk(nodes: list[Any], scope: Scope, loops: list[Any]) -> Iterator[Row]:
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            body: Any = node.body if isinstance(node.body, list) else [node.body]
            yield from _walk(body, Scope(body, node.args) if isinstance(node.body, list) else scope, [])
            continue
        if loops:
            yield from _rules(node, scope, loops)
        once, each = _split(node)
        if each:
            yield from _nested(node, loops)
        yield from _walk(once, scope, loops)
        yield from _walk(each, scope, [*loops, node])


def _split(node: Any) -> tuple[list[Any], list[Any]]:
    """What runs once where a node stands, and what runs in each turn of the loop that it is."""
    if isinstance(node, ast.While):
        return node.orelse, [node.test, *node.body]
    if isinstance(node, ast.For | ast.AsyncFor):
        return [node.iter, *node.orelse], node.body
    if isinstance(node, COMPREHENSIONS):
        first, *rest = node.generators
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [first.iter], [*first.ifs, *(own for part in rest for own in (part.iter, *part.ifs)), *values]
    return list(ast.iter_child_nodes(node)), []


def _rules(node: Any, scope: Scope, loops: list[Any]) -> Iterator[Row]:
    if isinstance(node, ast.Compare):
        for operator, right in zip(node.ops, node.comparators, strict=True):
            name = _name(right)
            if isinstance(operator, ast.In | ast.NotIn) and scope.only(name, "list"):
                yield _row("list-membership-in-loop", node, name, loops)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        if scope.only(_name(node.target), "str"):
            yield _row("string-concatenation-in-loop", node, _name(node.target), loops)
    elif (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.BinOp)
        and isinstance(node.value.op, ast.Add)
    ):
        name = _name(node.targets[0])
        if name and _name(node.value.left) == name and "list" in scope.kinds.get(name, ()):
            yield _row("list-copied-in-loop", node, name, loops)
    elif isinstance(node, ast.Call):
        yield from _called(node, scope, loops)


def _row(rule: str, node: Any, about: str, loops: list[Any]) -> Row:
    inner = loops[-1]
    return (
        rule,
        node.lineno,
        node.end_lineno or node.lineno,
        about,
        inner.lineno,
        inner.end_lineno or inner.lineno,
    )


def _called(node: ast.Call, scope: Scope, loops: list[Any]) -> Iterator[Row]:
    said = _dotted(node.func)
    last = said.rpartition(".")[2]
    owner = said.rpartition(".")[0]
    first = node.args[0] if node.args else None
    rule, about = "", said
    if said == "re.compile":
        rule = "regex-compiled-in-loop"
    elif (said == "sorted" and first is not None and _fixed(_name(first), loops)) or (
        last == "sort" and scope.only(owner, "list")
    ):
        rule, about = "sorted-in-loop", _name(first) if said == "sorted" and first is not None else owner
    elif last in ("pop", "insert") and _is_zero(first) and scope.only(owner, "list"):
        rule, about = "list-front-in-loop", owner
    elif said in ("copy.deepcopy", "deepcopy"):
        rule = "deepcopy-in-loop"
    elif said == "open" or last in ("read_text", "read_bytes", "write_text", "write_bytes"):
        rule = "file-opened-in-loop"
    elif said in ASKED or (owner and last in QUERIES):
        rule = "query-in-loop"
    elif said in ("subprocess.run", "subprocess.check_output", "subprocess.check_call", "os.system"):
        rule = "process-in-loop"
    elif last in ("index", "count", "remove") and scope.only(owner, "list"):
        rule, about = "list-search-in-loop", owner
    if rule:
        yield _row(rule, node, about, loops)


def _nested(node: Any, loops: list[Any]) -> Iterator[Row]:
    """A loop over what a loop around it already runs over."""
    if not isinstance(node, ast.For | ast.AsyncFor):
        return
    over = ast.dump(node.iter)
    for outer in loops:
        if isinstance(outer, ast.For | ast.AsyncFor) and ast.dump(outer.iter) == over and _name(node.iter):
            row = _row("nested-loop", node, _name(node.iter), [node])
            yield (*row[:2], node.lineno, *row[3:])


def _fixed(name: str, loops: list[Any]) -> bool:
    """Whether a name is bound outside the innermost loop and not changed in it."""
    if not name:
        return False
    inner = loops[-1]
    bound = {_name(own.target) for own in ast.walk(inner) if isinstance(own, ast.For | ast.AsyncFor)}
    for own in ast.walk(inner):
        if isinstance(own, ast.Assign):
            bound.update(_name(target) for target in own.targets)
        if isinstance(own, ast.Call) and _dotted(own.func).startswith(f"{name}."):
            return False
    return name not in bound


def _inside(body: list[Any]) -> Iterator[Any]:
    """Every node of a scope; functions and classes in it are scopes of their own."""
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FUNCTIONS | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))


def _kind(value: ast.expr) -> str:
    if isinstance(value, ast.List | ast.ListComp):
        return "list"
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return "str"
    if isinstance(value, ast.Call):
        said = _dotted(value.func)
        if said in ("list", "sorted") or said.endswith((".split", ".splitlines", ".readlines")):
            return "list"
        if said == "str":
            return "str"
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _kind(value.right)
    return "?"


def _annotated(annotation: ast.expr | None) -> str:
    text = ast.unparse(annotation) if annotation is not None else ""
    base = text.strip("'\"").partition("[")[0].rpartition(".")[2]
    return {"list": "list", "List": "list", "str": "str"}.get(base, "?") if "|" not in text else "?"


def _name(node: Any) -> str:
    return _dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _dotted(node: Any) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return f".{'.'.join(reversed(parts))}" if parts else ""
    return ".".join([node.id, *reversed(parts)])


def _is_zero(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False


def main() -> None:
    """Reads the question, prints the answer."""
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    found: dict[str, list[Row]] = {}
    for file in question["files"]:
        try:
            tree = ast.parse((Path(question["directory"]) / file).read_bytes(), file)
            found[file] = list(rows_of(tree))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
