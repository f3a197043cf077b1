"""A README drafted from the code, and what an old one has wrong."""

from functions.agents.readme_drift import drift
from functions.agents.readme_sections import Facts

PROJECT = """[project]
name = "shop-tools"
description = "Sells things | quickly."
requires-python = ">=3.11"
license = "MIT"
scripts = {shop = "shop.cli:main"}
optional-dependencies = {fast = ["numpy"]}
"""
PACKAGE = '''"""A shop.

>>> from shop import sell
>>> sell("tea")
'sold tea'
"""

from shop.core import sell as sell

__all__ = ["sell"]
'''
CORE = '''"""What the shop does."""


def sell(item):
    """Sell one thing | at once."""
    return f"sold {item}"
'''
CLI = '"""Typed commands."""\n\n\ndef main():\n    """Sell what is typed."""\n'
OLD = """# Shop

It needs Python 3.8 or newer. See [the guide](docs/guide.md), [the code](shop/core.py), [the web](https://a.example/).

```python
from shop import sell, rent
import shop.core
import os, rent
```
"""


async def drafted(host, project, **files):
    names = {"shop/__init__.py": PACKAGE, "shop/core.py": CORE, "shop/cli.py": CLI, **files}
    report = await host.call("documentation.readme", {"path": project(names)})
    return report, (await host.artifacts.get(report.artifacts[0].ref)).decode()


async def test_the_draft_says_what_stands_in_the_code_and_the_project_file(host, project):
    report, text = await drafted(host, project, **{"pyproject.toml": PROJECT})
    assert report.metrics["sections"] == [
        "Install", "Use", "Command line", "What is in it", "Interface", "License",
    ]  # fmt: skip
    assert text.startswith("# shop-tools\n\nSells things | quickly.\n")
    assert "pip install shop-tools" in text
    assert "`shop-tools[fast]`" in text
    assert ">>> sell(\"tea\")\n'sold tea'" in text
    assert "- `shop`: Sell what is typed." in text
    assert "| `shop.sell` | Sell one thing \\| at once. |" in text
    assert [own.rule for own in report.findings] == ["missing-readme"]


async def test_what_an_old_readme_has_wrong_is_found_by_line(host, project):
    report, _ = await drafted(host, project, **{"pyproject.toml": PROJECT, "README.md": OLD})
    found = {(own.rule, own.line): own.message for own in report.findings}
    assert "shop.rent" in found.pop(("unknown-name", 6))
    assert "docs/guide.md" in found.pop(("dead-link", 3))
    assert "3.8" in found.pop(("stale-python", 3))
    assert {rule for rule, _ in found} == {"missing-section"}


async def test_a_project_file_that_is_no_toml_costs_a_note(host, project):
    report, text = await drafted(host, project, **{"pyproject.toml": "project = ["})
    assert report.status == "ok"
    assert any("cannot be read" in note for note in report.notes)
    assert ">>> sell" in text


async def test_an_odd_project_file_is_read_as_far_as_it_goes(host, project):
    odd = 'project = {name = 7, license = {text = "X\\nY"}, scripts = "none", optional-dependencies = [1]}'
    _, text = await drafted(host, project, **{"pyproject.toml": odd})
    assert "## License\n\nX" in text


def test_a_link_out_of_the_project_is_dead_and_nothing_is_asked_of_a_summary():
    facts = Facts("a", "", "", "", {}, (), ("a",), (), (), (), has_tests=False)
    rules = [own.rule for own in drift("[x](../../etc/passwd)", "pyproject.toml", facts, lambda _: False)]
    assert rules == ["dead-link"]
