"""Imports go downward, and each engine has one door."""

import subprocess
import sys
from pathlib import Path


def test_the_import_contract_holds(root):
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([command, "--no-cache"], cwd=root, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
