"""The page is built again when what it is made of changes, and only then."""

import json

import pytest

from infra import dashboard


@pytest.fixture
def checkout(tmp_path):
    place = dashboard.sources(tmp_path)
    (place / "src").mkdir(parents=True)
    (place / "package.json").write_text("{}")
    (place / "package-lock.json").write_text("{}")
    (place / "src" / "main.tsx").write_text("1")
    dashboard.target(tmp_path).mkdir()
    built = dashboard.target(tmp_path) / ".build.json"
    built.write_text(json.dumps({"digest": dashboard.digest(tmp_path)}))
    return tmp_path


def test_what_was_built_from_these_sources_is_left_alone(checkout):
    assert dashboard.build(checkout) is False
    assert dashboard.look(checkout) == 0


@pytest.mark.parametrize(
    ("name", "same"), [("src/main.tsx", False), ("src/main.test.tsx", True), ("README.md", True)]
)
def test_only_what_is_in_the_page_makes_it_old(checkout, name, same):
    (dashboard.sources(checkout) / name).write_text("2")
    assert dashboard.is_current(checkout) is same


def test_without_node_it_says_how_to_get_one(checkout, monkeypatch):
    (dashboard.sources(checkout) / "src" / "main.tsx").write_text("2")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(checkout))
    assert dashboard.look(checkout) == dashboard.NO_NODE
    with pytest.raises(dashboard.NoNode, match=r"requirements/node\.txt"):
        dashboard.build(checkout)


def test_a_build_that_fails_keeps_what_was_there(checkout, monkeypatch):
    (dashboard.sources(checkout) / "src" / "main.tsx").write_text("2")
    monkeypatch.setattr(dashboard, "find_node", lambda: dashboard.Node(("false",), ""))
    with pytest.raises(dashboard.BuildFailed):
        dashboard.build(checkout)
    assert not dashboard.is_current(checkout)
