"""What every command has in common: help, hints, and what is said where nothing runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[3]


def every_command():
    for name in COMMANDS:
        yield (name,)
    yield from (
        (group, name)
        for group, names in {
            "task": "ls get logs events cancel retry wait",
            "dlq": "ls show requeue drop",
            "queue": "ls drop",
            "function": "ls show schema",
            "worker": "ls drain",
            "schedule": "ls add rm pause resume",
        }.items()
        for name in names.split()
    )


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_explains_itself(bare, words):
    done = bare(*words, "--help")
    assert done.returncode == 0
    if len(words) == 2 or words[0] not in {"task", "dlq", "queue", "function", "worker", "schedule"}:
        assert f"revo {' '.join(words)}" in done.stdout.partition("For example:")[2]


def test_the_list_of_commands_imports_none_of_them(bare):
    script = "import sys; from infra.cli import run; run(['--help']); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    for heavy in ("'nats'", "'rich'", "'litestar'", "'duckdb'", "'uvicorn'"):
        assert heavy not in done.stdout


def test_a_misspelt_command_is_guessed(bare):
    done = bare("tsk", "ls")
    assert (done.returncode, "did you mean `revo task`?" in done.stderr) == (2, True)


def test_without_a_server_the_reason_and_the_way_out_are_told(bare):
    done = bare("task", "ls", "--server", "127.0.0.1:9")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "connection refused" in done.stderr
    assert "revo up" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("REVOAGENT_PROT", "1", "did you mean REVOAGENT_PORT?"),
        ("REVOAGENT_SLOTS", "0", "REVOAGENT_SLOTS=0"),
        ("REVOAGENT_DURABILITY", "maybe", "REVOAGENT_DURABILITY=maybe"),
    ],
)
def test_a_wrong_setting_is_named(bare, variable, value, said):
    done = bare("task", "ls", **{variable: value})
    assert (done.returncode, said in done.stderr) == (2, True)
