"""Names and imports in every layout that a project may have."""

import pytest

from functions.agents import measure
from functions.agents.docstrings import things_of

LAYOUTS = {
    "flat package": (
        {"pkg/__init__.py": "", "pkg/a.py": "from . import b", "pkg/b.py": ""},
        ("pkg.a", "pkg.b"),
    ),
    "src": (
        {"src/pkg/__init__.py": "", "src/pkg/a.py": "import pkg.b", "src/pkg/b.py": ""},
        ("pkg.a", "pkg.b"),
    ),
    "two packages": ({"one/__init__.py": "import two", "two/__init__.py": ""}, ("one", "two")),
    "modules only": ({"a.py": "import b", "b.py": ""}, ("a", "b")),
    "scripts": ({"scripts/a.py": "from b import x", "scripts/b.py": "x = 1"}, ("a", "b")),
    "namespace": (
        {"ns/inner/a.py": "from ns.inner import b", "ns/inner/b.py": ""},
        ("ns.inner.a", "ns.inner.b"),
    ),
    "folder without __init__ below a package": (
        {"pkg/__init__.py": "", "pkg/sub/a.py": "from . import b", "pkg/sub/b.py": ""},
        ("pkg.sub.a", "pkg.sub.b"),
    ),
    "itself a package": (
        {"__init__.py": "", "a.py": "from .b import x", "b.py": "x = 1"},
        ("here.a", "here.b"),
    ),
    "package below a package": (
        {"pkg/__init__.py": "", "pkg/sub/__init__.py": "from ..top import x", "pkg/top.py": "x = 1"},
        ("pkg.sub", "pkg.top"),
    ),
    "odd name": ({"my-script.py": "import b", "b.py": ""}, ("my_script", "b")),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_import_is_found_in_every_layout(layout, tmp_path, monkeypatch):
    files, expected = LAYOUTS[layout]
    here = tmp_path / "here"
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    texts, broken = measure.texts_of(here, sorted(files))
    modules, clashes = measure.stage(measure.names_of(here, texts), texts, tmp_path / "stage")
    monkeypatch.syspath_prepend(str(tmp_path / "stage"))
    imports = measure.graph_of(modules, tmp_path / "stage")
    assert (broken, clashes) == ({}, [])
    assert [tuple(own[:2]) for own in imports] == [expected]
    assert imports[0][2] == 1


def test_an_import_for_type_checking_is_no_import(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b\n")
    (tmp_path / "b.py").write_text("import a\n")
    texts, _ = measure.texts_of(tmp_path, ["a.py", "b.py"])
    modules, _ = measure.stage(measure.names_of(tmp_path, texts), texts, tmp_path / "stage")
    monkeypatch.syspath_prepend(str(tmp_path / "stage"))
    assert measure.graph_of(modules, tmp_path / "stage") == [["b", "a", 1]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def (", "line 1"),
        (b"x = '\xff'", "encoding declaration"),
        (b"# coding: no-such\n", "unknown encoding"),
        (b"x = 1\0", "null bytes"),
        (b"(" * 1000, "too many nested parentheses"),
    ],
)
def test_a_file_that_cannot_be_parsed_has_a_reason(tmp_path, data, reason):
    (tmp_path / "bad.py").write_bytes(data)
    (tmp_path / "good.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    texts, broken = measure.texts_of(tmp_path, ["bad.py", "good.py", "gone.py"])
    assert list(texts) == ["good.py"]
    assert reason in broken["bad.py"]
    assert "No such file" in broken["gone.py"]


def test_two_files_of_one_name_are_told(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.py").write_text("")
    texts, _ = measure.texts_of(tmp_path, ["one/run.py", "two/run.py"])
    modules, clashes = measure.stage(measure.names_of(tmp_path, texts), texts, tmp_path / "stage")
    assert (modules, clashes) == ({"run": "one/run.py"}, ["two/run.py"])


def test_public_is_what_has_no_underscore_and_stands_in_all():
    import ast

    text = '''
"""Module."""
__all__ = ["Shown", "said"]
class Shown:
    def method(self): ...
    def _private(self): ...
    @property
    def size(self): "Said."
    @size.setter
    def size(self, value): ...
class Hidden: ...
if True:
    def said(): "Said."
'''
    found = [(kind, name, said) for kind, name, _, said in things_of(ast.parse(text), "m")]
    assert found == [
        ("module", "m", True), ("class", "Shown", False), ("method", "Shown.method", False),
        ("method", "Shown.size", True), ("function", "said", True),
    ]  # fmt: skip
