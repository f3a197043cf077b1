"""A program of its own: changes of source code by libcst, in the files of the current directory.

Run as `python -I codemods.py` inside the sandbox. It reads `{"steps": [...], "files": [...]}` from its input,
writes the files that a step changes, and prints what became of each. It imports nothing of ours and executes
nothing of the project. What a step cannot do for certain in some place it leaves as it was.
"""
# ruff: noqa: N802 - libcst calls a visitor by the name of the node

import importlib.util
import itertools
import json
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst
from libcst import matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import MetadataWrapper, QualifiedNameProvider

Step = dict[str, Any]

if TYPE_CHECKING:
    from functions.agents import renaming
else:
    _spec = importlib.util.spec_from_file_location("renaming", Path(__file__).with_name("renaming.py"))
    renaming = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(renaming)


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
        owners = self.new.split(".")[:-1]
        # A class is capitalised; what stands before it is the module.
        module = ".".join(itertools.takewhile(lambda own: not own[:1].isupper(), owners))
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
    if "old" in step and step["old"].rpartition(".")[2] not in source:
        return source
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
        return wrapper.visit(renaming.Renamed(name, step["old"], step["new"], package=package)).code
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
        name = module_name(file, packages, Path.cwd().name)
        try:
            data = path.read_bytes()
            before = data.decode()
            source = before
            for place, step in enumerate(question["steps"]):
                after = applied(step, source, name, package=path.stem == "__init__")
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
