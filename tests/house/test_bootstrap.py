"""The first command works before anything is installed."""

import ast
import hashlib
import shutil
import subprocess
import sys

import pytest


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


@pytest.fixture
def checkout(root, tmp_path):
    """A small checkout with the real bootstrap, and a .venv that does not work."""
    for name in ("infra/bootstrap.py", "requirements/run.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def bootstrap(checkout, *arguments):
    """What the bootstrap of that checkout answered."""
    command = [sys.executable, "-I", checkout / "infra" / "bootstrap.py", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_venv_that_does_not_work_is_named_and_kept(checkout):
    run = bootstrap(checkout, "demo")
    assert run.returncode == 1
    assert "remove that folder" in run.stderr
    assert (checkout / ".venv" / "bin").is_dir()


def test_what_is_installed_already_starts_without_installing(checkout):
    venv = checkout / ".venv"
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "bin" / "revo").write_text('#!/bin/sh\necho "$VIRTUAL_ENV:$*"\n')
    (venv / "bin" / "revo").chmod(0o755)
    pins = hashlib.sha256((checkout / "requirements" / "run.txt").read_bytes()).hexdigest()
    project = hashlib.sha256((checkout / "pyproject.toml").read_bytes()).hexdigest()
    (venv / "installed-run").write_text(pins)
    (venv / "installed-project").write_text(f"{project} {checkout}")
    run = bootstrap(checkout, "up", "--port", "0")
    assert run.stdout == f"{venv}:up --port 0\n"
