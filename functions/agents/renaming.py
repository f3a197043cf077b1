"""Part of `codemods.py`: one name under another, in one module. It imports nothing of ours."""
# ruff: noqa: N802, ARG002 - libcst calls a visitor by the name of the node, with both its states

import json
import re

import libcst as cst
from libcst import matchers as m
from libcst.metadata import QualifiedName, QualifiedNameProvider, QualifiedNameSource


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
        self.annotated = 0
        self.bare = self.here
        """Whether the bare name means ours in this module."""
        self.typed: set[cst.CSTNode] = set()
        """Texts that are read as types."""

    def _is(self, node: cst.CSTNode) -> bool:
        names = self.get_metadata(QualifiedNameProvider, node, set())
        if not names and self.here and self.annotated:
            return True  # an annotation above the definition has no name yet for libcst
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

    def visit_Annotation(self, node: cst.Annotation) -> bool:
        """Texts inside are types."""
        self.annotated += 1
        return True

    def leave_Annotation(
        self,
        original_node: cst.Annotation,
        updated_node: cst.Annotation,
    ) -> cst.Annotation:
        """The end of it."""
        self.annotated -= 1
        return updated_node

    def visit_Call(self, node: cst.Call) -> bool:
        """So is the first argument of `cast`."""
        cast = m.Name("cast") | m.Attribute(attr=m.Name("cast"))
        if node.args and m.matches(node.func, cast):
            self.typed.add(node.args[0].value)
        return True

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """From here on the bare name may be ours."""
        if not isinstance(node.names, cst.ImportStar) and self._from_home(node):
            self.bare = self.bare or any(
                m.matches(own, m.ImportAlias(m.Name(self.short), asname=None)) for own in node.names
            )
        return True

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

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        """The end of it."""
        self.listed = False
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """A name in `__all__`."""
        if self.listed and original_node.raw_value == self.short:
            return updated_node.with_changes(value=json.dumps(self.new))
        if self.bare and (self.annotated or original_node in self.typed):
            text = re.sub(rf"(?<![\w.]){re.escape(self.short)}(?!\w)", self.new, updated_node.value)
            return updated_node.with_changes(value=text)
        return updated_node

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        """`from module import name`."""
        if isinstance(original_node.names, cst.ImportStar):
            return updated_node
        if not self._from_home(original_node):
            return updated_node
        names = [
            own.with_changes(name=cst.Name(self.new)) if m.matches(own.name, m.Name(self.short)) else own
            for own in original_node.names
        ]
        return updated_node.with_changes(names=names)

    def _from_home(self, node: cst.ImportFrom) -> bool:
        said = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
        return self._resolved("." * len(node.relative) + said) == self.home
