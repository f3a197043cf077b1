"""What every command has in common: help, hints, and what is said where nothing runs."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from infra import cli

ROOT = Path(__file__).resolve().parents[3]


def every_command():
    """All commands and the commands of groups, with whether they do something themselves."""
    for name in cli.COMMANDS:
        command = cli.root.get_command(click.Context(cli.root), name)
        assert command is not None
        yield from below((name,), command)


def below(words, command):
    group = isinstance(command, click.Group)
    yield pytest.param(words, not group, id=" ".join(words))
    for name, inner in command.commands.items() if group else ():
        yield from below((*words, name), inner)


@pytest.mark.parametrize(("words", "acts"), list(every_command()))
def test_every_command_explains_itself(words, acts):
    # In this process: a hundred interpreters would take a minute to start.
    done = CliRunner().invoke(cli.root, [*words, "--help"], prog_name="revo")
    assert done.exit_code == 0
    if acts:
        assert f"revo {' '.join(words)}" in done.output.partition("For example:")[2]


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
