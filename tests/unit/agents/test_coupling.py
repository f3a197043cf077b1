"""Layers, stability, churn and unused names, over graphs that are made here."""

import ast

from functions.agents import coupling, measure
from functions.agents.architecture import Measured
from functions.figures import Architecture, Churn


def measured(imports, functions=(), modules=None):
    names = modules or {name for own in imports for name in own}
    files = {name: f"{name.replace('.', '/')}.py" for name in sorted(names)}
    return Measured(files, [(*own, 3) for own in imports], list(functions), {}, {})


def test_an_import_upwards_is_told_with_its_place():
    own = measured([("shop.db", "shop.web.views"), ("shop.web.views", "shop.db")])
    found, unknown = coupling.violations(own, ["shop.web", "shop.db"])
    assert [(each.importer, each.imported, each.file, each.line) for each in found] == [
        ("shop.db", "shop.web.views", "shop/db.py", 3)
    ]
    assert unknown == []


def test_siblings_do_not_meet_and_the_longest_name_counts():
    own = measured([("a.b.c", "a.d"), ("a.b.c", "a.b.x"), ("a.d", "z")])
    found, unknown = coupling.violations(own, ["a.b | a.d", "a.gone"])
    assert [each.reason for each in found] == ["a.b and a.d are siblings"]
    assert unknown == ["a.gone"]
    assert coupling.violations(own, ["a.b.c", "a.b"])[0] == []


def test_instability_is_the_share_of_ties_that_go_outward():
    own = measured([("app.web", "app.core"), ("app.web.x", "app.core"), ("app.core", "app.words")])
    parts = {part.name: (part.afferent, part.efferent, part.instability) for part in coupling.parts(own)}
    assert parts == {"app.core": (2, 1, 0.33), "app.web": (0, 2, 1.0), "app.words": (1, 0, 0.0)}


def test_what_is_hard_and_often_changed_comes_first():
    own = measured(
        [], [("a.py", "f", 1, 2, 10), ("b.py", "g", 1, 2, 30), ("c.py", "h", 1, 2, 99)], {"a", "b", "c"}
    )
    assert coupling.churn(own, [("a.py", "b.py"), ("a.py",), ("a.py",), ("b.py", "c.py"), ("a.py",)]) == [
        Churn("b.py", 2, 30), Churn("a.py", 4, 10),
    ]  # fmt: skip


def test_the_record_holds_the_figures_and_leaves_the_decision_open():
    text = coupling.record(Architecture(modules=3, imports=2, advice=["Mind the gap."]), "shop")
    assert text.startswith("# Structure of shop\n")
    assert "- Mind the gap." in text
    assert "## Decision\n\n(to be written)" in text


def test_a_private_name_that_stands_nowhere_else_is_unused():
    text = "_used = 1\n_unused = 2\n\n\ndef _dead():\n    return _used\n\n\n"
    text += "@app.route\ndef _registered():\n    pass\n"
    text += "\n\nclass _Kept:\n    pass\n\n\n__all__ = []\n"
    ast.parse(text)
    assert measure.unused({"a.py": text}, ["x = _Kept"]) == [["a.py", 2, "_unused"], ["a.py", 5, "_dead"]]
