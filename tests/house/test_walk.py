"""Every place that the walk, the guarantees and the decisions lead to exists."""

import ast
import re

import pytest

PLACE = re.compile(r"`([\w/.-]+\.py):([A-Za-z_][\w.]*)`")
PATH = re.compile(r"`((?:subjects|functions|gateway|analytics|infra|tests|docs)/[\w/.-]+)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def defined(body):
    """The names that a module or a class defines, with what is in the classes."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name, body=inner):
                yield name
                yield from (f"{name}.{deeper}" for deeper in defined(inner))
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def pages(root):
    """The pages that are written by hand."""
    folder = root / "docs"
    return sorted(path for path in folder.rglob("*.md") if "reference" not in path.relative_to(folder).parts)


def test_every_symbol_that_is_named_exists(root):
    wrong = []
    for page in pages(root):
        for path, symbol in PLACE.findall(page.read_text()):
            source = root / path
            if not source.is_file() or symbol not in set(defined(ast.parse(source.read_text()).body)):
                wrong.append(f"{page.name}: {path}:{symbol}")
    assert wrong == []


def test_every_path_and_test_that_is_named_exists(root):
    wrong = []
    for page in pages(root):
        for path, test in PATH.findall(page.read_text()):
            place = root / path.rstrip("/")
            if not place.exists() or (test and f"def {test}(" not in place.read_text()):
                wrong.append(f"{page.name}: {path}::{test}")
    assert wrong == []


def test_every_link_leads_somewhere(root):
    broken = [
        f"{page.name}: {link}"
        for page in pages(root)
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_walk_leads_through_every_part(root):
    places = {path.partition("/")[0] for path, _ in PLACE.findall((root / "docs" / "walk.md").read_text())}
    assert places == {"subjects", "functions", "gateway", "analytics", "infra"}


@pytest.mark.parametrize("symbol", ["Client.submit", "Client"])
def test_methods_are_found_in_their_class(root, symbol):
    source = (root / "subjects" / "client" / "client.py").read_text()
    assert symbol in set(defined(ast.parse(source).body))
    assert f"{symbol}s" not in set(defined(ast.parse(source).body))
