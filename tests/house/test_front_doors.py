"""The commands that people are told to use are the ones that work."""

import re
import subprocess
import sys
from importlib import metadata


def test_the_readme_starts_and_tests_with_the_commands_that_ci_runs(root):
    text = (root / "README.md").read_text()
    assert "python3 infra/bootstrap.py demo" in text
    assert "python3 infra/bootstrap.py test" in text


def test_every_recipe_names_tests_that_exist(root):
    named = set(re.findall(r"\btests[/.]\w+", (root / "justfile").read_text()))
    assert [name for name in sorted(named) if not (root / name.replace(".", "/")).is_dir()] == []


def test_the_command_line_loads_neither_the_gateway_nor_the_database(root):
    heavy = ["litestar", "duckdb", "uvicorn", "pytest"]
    code = f"import sys, infra.cli; print(*(name for name in {heavy} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert run.stdout.split() == [], "a worker's process would load these too"


def test_what_is_installed_is_this_version(pyproject):
    assert metadata.version("revoagent") == pyproject["project"]["version"]
