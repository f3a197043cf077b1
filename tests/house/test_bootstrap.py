"""The first command works before anything is installed."""

import ast
import subprocess
import sys


def imported(path):
    """The top-level names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_the_bootstrap_needs_the_standard_library_only(root):
    assert set(imported(root / "infra" / "bootstrap.py")) <= sys.stdlib_module_names


def test_no_module_beside_the_bootstrap_hides_one_of_the_standard_library(root):
    names = {path.stem for path in (root / "infra").iterdir()}
    assert names & sys.stdlib_module_names == set()


def test_without_a_command_it_says_what_it_can_do(root):
    run = subprocess.run(
        [sys.executable, "-I", root / "infra" / "bootstrap.py"], check=True, capture_output=True, text=True
    )
    assert "infra/bootstrap.py demo" in run.stdout


def test_an_older_python_can_read_it_far_enough_to_be_told(root):
    ast.parse((root / "infra" / "bootstrap.py").read_text(), feature_version=(3, 7))
