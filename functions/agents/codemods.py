"""A program of its own: changes of source code by libcst, in the files of the current directory.

Run as `python -I codemods.py` inside the sandbox. It reads `{"steps": [...], "files": [...]}` from its input,
writes the files that a step changes, and prints what became of each. It imports nothing of ours and executes
nothing of the project. What a step cannot do for certain in some place it leaves as it was.
"""
# ruff: noqa: N802 - libcst calls a visitor by the name of the node

import json
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import libcst as cst
from libcst import matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import MetadataWrapper, QualifiedName, QualifiedNameProvider, QualifiedNameSource

Step = dict[str, Any]


def module_name(file: str, packages: set[str], top: str) -> str:
    """The dotted name of a file: from its outermost package on. `top` is the name of the project's directory.

    >>> module_name("src/shop/orders.py", {"src/shop"}, "x"), module_name("tool.py", set(), "x")
    ('shop.orders', 'tool')
    >>> module_name("web/views.py", {".", "web"}, "shop")
    'shop.web.views'
    """
    path = PurePosixPath(file)
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while str(folder) in packages:
        parts.insert(0, folder.name or top)
        if not folder.name:
            break
        folder = folder.parent
    return ".".join(parts)


class Renamed(cst.CSTTransformer):
    """A top-level name of a module under another one, where it is defined and wherever it is used."""

    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def __init__(self, module: str, old: str, new: str, *, package: bool) -> None:
        super().__init__()
        self.home, _, self.short = old.rpartition(".")
        self.old, self.new = old, new
        self.here = module == self.home
        parts = module.split(".")
        self.parents = parts if package else parts[:-1]
        self.skip: set[cst.CSTNode] = set()
        self.listed = False

    def _is(self, node: cst.CSTNode) -> bool:
        names = self.get_metadata(QualifiedNameProvider, node, set())
        return bool(names) and all(self._absolute(own) == self.old for own in names)

    def _absolute(self, own: QualifiedName) -> str:
        if own.source is QualifiedNameSource.LOCAL:
            return f"{self.home}.{own.name}" if self.here else ""
        return self._resolved(own.name)

    def _resolved(self, name: str) -> str:
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            return name
        above = self.parents[: len(self.parents) - dots + 1]
        return ".".join([*above, name[dots:]] if name[dots:] else above)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        """A use by its bare name."""
        if original_node.value == self.short and original_node not in self.skip and self._is(original_node):
            return updated_node.with_changes(value=self.new)
        return updated_node

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """The last part of `a.name` is never a bare name."""
        self.skip.add(node.attr)
        return True

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """A use through its module."""
        if original_node.attr.value == self.short and self._is(original_node):
            return updated_node.with_changes(attr=cst.Name(self.new))
        return updated_node

    def visit_Arg(self, node: cst.Arg) -> bool:
        """The keyword of an argument is somebody else's name."""
        if node.keyword is not None:
            self.skip.add(node.keyword)
        return True

    def visit_Param(self, node: cst.Param) -> bool:
        """So is a parameter."""
        self.skip.add(node.name)
        return True

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """The definition of a function."""
        return updated_node.with_changes(name=cst.Name(self.new)) if self._is(original_node) else updated_node

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        """The definition of a class."""
        return updated_node.with_changes(name=cst.Name(self.new)) if self._is(original_node) else updated_node

    def visit_Assign(self, node: cst.Assign) -> bool:
        """Where `__all__` is given, its texts are names."""
        self.listed = self.here and m.matches(node, m.Assign(targets=[m.AssignTarget(m.Name("__all__"))]))
        return True

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:  # noqa: ARG002
        """The end of it."""
        self.listed = False
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """A name in `__all__`."""
        if self.listed and original_node.raw_value == self.short:
            return updated_node.with_changes(value=json.dumps(self.new))
        return updated_node

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        """`from module import name`."""
        if isinstance(original_node.names, cst.ImportStar):
            return updated_node
        said = cst.Module([]).code_for_node(original_node.module) if original_node.module is not None else ""
        if self._resolved("." * len(original_node.relative) + said) != self.home:
            return updated_node
        names = [
            own.with_changes(name=cst.Name(self.new)) if m.matches(own.name, m.Name(self.short)) else own
            for own in original_node.names
        ]
        return updated_node.with_changes(names=names)


class PrintToLogging(cst.CSTTransformer):
    """`print(...)` as `logger.info(...)`, in modules that have no other use of that name."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Only with plain positional arguments: `file=`, `end=` and `*args` say more than a log can."""
        plain = all(own.keyword is None and not own.star for own in original_node.args)
        if not m.matches(original_node.func, m.Name("print")) or not plain or not original_node.args:
            return updated_node
        self.changed += 1
        args = updated_node.args
        if len(args) > 1 or not isinstance(args[0].value, cst.SimpleString | cst.FormattedString):
            form = cst.SimpleString(json.dumps(" ".join(["%s"] * len(args))))
            args = (
                cst.Arg(form, comma=cst.Comma(cst.SimpleWhitespace(""), cst.SimpleWhitespace(" "))),
                *args,
            )
        return updated_node.with_changes(func=cst.parse_expression("logger.info"), args=args)


class ReplacedCall(cst.CSTTransformer):
    """Calls of one dotted name as calls of another."""

    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def __init__(self, context: CodemodContext, old: str, new: str) -> None:
        super().__init__()
        self.context, self.old, self.new = context, old, new

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """The arguments stay."""
        names = self.get_metadata(QualifiedNameProvider, original_node.func, set())
        if {own.name.removeprefix("builtins.") for own in names} != {self.old}:
            return updated_node
        module, _, _ = self.new.rpartition(".")
        if module:
            AddImportsVisitor.add_needed_import(self.context, module)
        return updated_node.with_changes(func=cst.parse_expression(self.new))


class DocstringStubs(cst.CSTTransformer):
    """A first line, to be edited, for public things without a docstring: their name as words."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: ARG002
        """What stands inside a function is nobody's interface."""
        self.depth += 1
        return True

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """A function or method."""
        self.depth -= 1
        return updated_node.with_changes(body=self._body(original_node, updated_node))

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        """A class."""
        return updated_node.with_changes(body=self._body(original_node, updated_node))

    def _body(
        self, original: cst.FunctionDef | cst.ClassDef, updated: cst.FunctionDef | cst.ClassDef
    ) -> cst.BaseSuite:
        name, body = original.name.value, updated.body
        if self.depth or name.startswith("_") or original.get_docstring() is not None:
            return body
        if not isinstance(body, cst.IndentedBlock):
            return body
        words = "".join(f" {own.lower()}" if own.isupper() else own for own in name).replace("_", " ").split()
        text = cst.parse_statement(f'"""TODO: {" ".join(words).capitalize()}."""')
        return body.with_changes(body=[text, *body.body])


def applied(step: Step, source: str, name: str, *, package: bool = False) -> str:
    """The source after one step."""
    module = cst.parse_module(source)
    kind = step["kind"]
    if kind == "print_to_logging":
        if "logger" in source:
            return source
        change = PrintToLogging()
        changed = module.visit(change)
        return _with_logger(changed).code if change.changed else source
    if kind == "docstring_stubs":
        return module.visit(DocstringStubs()).code
    wrapper = MetadataWrapper(module)
    if kind == "rename":
        return wrapper.visit(Renamed(name, step["old"], step["new"], package=package)).code
    if kind == "replace_call":
        context = CodemodContext(full_module_name=name)
        changed = wrapper.visit(ReplacedCall(context, step["old"], step["new"]))
        return AddImportsVisitor(context).transform_module(changed).code
    raise ValueError(f"there is no step {kind!r}")


def _with_logger(module: cst.Module) -> cst.Module:
    """The module with `logger` defined below its imports."""
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, "logging")
    module = AddImportsVisitor(context).transform_module(module)
    last = -1
    for place, own in enumerate(module.body):
        if m.matches(own, m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()])):
            last = place
    made = cst.parse_statement("logger = logging.getLogger(__name__)").with_changes(
        leading_lines=[cst.EmptyLine()]
    )
    return module.with_changes(body=[*module.body[: last + 1], made, *module.body[last + 1 :]])


def main() -> None:
    """Reads the question, changes the files, prints the answer."""
    sys.setrecursionlimit(4000)
    question = json.load(sys.stdin)
    files: list[str] = question["files"]
    packages = {str(PurePosixPath(own).parent) for own in files if own.endswith("__init__.py")}
    answer: dict[str, Any] = {"failed": {}, "touched": {}}
    for file in files:
        path = Path(file)
        try:
            data = path.read_bytes()
            before = data.decode()
            source = before
            for place, step in enumerate(question["steps"]):
                after = applied(step, source, module_name(file, packages, Path.cwd().name), package=path.stem == "__init__")
                if after != source:
                    answer["touched"].setdefault(str(place), []).append(file)
                source = after
        except (cst.ParserSyntaxError, UnicodeDecodeError) as error:
            answer["failed"][file] = f"cannot be parsed: {type(error).__name__}"
        except Exception as error:  # noqa: BLE001 - one file that a step cannot take does not stop the others
            answer["failed"][file] = f"{type(error).__name__}: {error}"[:200]
        else:
            if source != before:
                path.write_bytes(source.encode())
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
