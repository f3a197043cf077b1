"""`revo`: parses what was typed, calls a command, turns what went wrong into one line and an exit code.

0 done · 1 the task failed, or there are findings · 2 wrong usage · 3 no such thing · 5 nobody answers
"""

import contextlib
import difflib
import importlib
import os
import sys
from typing import Any

import click

from infra.commands.example import example
from infra.version import version
from subjects import errors

COMMANDS = {
    "up": ("up:up", "Start everything on this machine."),
    "demo": ("demo:demo", "Start everything and review the current directory."),
    "review": ("review:review", "Review a Python project: security, architecture, documentation."),
    "run": ("run:run", "Submit a task and wait for its outcome."),
    "call": ("run:call", "Call a function by request and reply: no queue, nothing kept."),
    "work": ("work:work", "Run workers on a NATS that is there already."),
    "gateway": ("work:gateway", "Run one gateway on a NATS that is there already."),
    "analytics": (
        "analytics:analytics",
        "Run the analytics service alone; see, export, rebuild what it keeps.",
    ),
    "task": ("task:task", "List, read, follow, cancel and retry tasks."),
    "dlq": ("dlq:dlq", "Tasks that failed for good."),
    "artifact": ("artifact:artifact", "Files that functions made, by reference."),
    "queue": ("queue:queue", "Queues: what waits, who serves them."),
    "engine": ("engine:engine", "Engines: status, start, stop, restart, routing, collaborations."),
    "function": ("function:function", "Functions that workers have announced."),
    "agent": ("agent:agent", "Agents: who can do what, what they do now, tasks for them."),
    "worker": ("worker:worker", "Workers that are alive."),
    "schedule": ("schedule:schedule", "Recurring tasks."),
    "model": ("model:model", "Language models: which there are, and whether they answer."),
    "query": ("query:query", "Ask analytics a named question."),
    "predict": ("predict:predict", "What history says of a task before it runs: chance, duration, cost."),
    "alert": ("alert:alert", "Alerts: what rings, rules, silences."),
    "notification": ("notification:notification", "Who is told of alerts: webhooks, e-mail, NATS."),
    "observability": ("observability:observability", "Files for Grafana and Prometheus."),
    "sql": ("sql:sql", "Ask analytics with SQL of your own."),
    "top": ("top:top", "Watch queues, workers and tasks live."),
    "doctor": ("doctor:doctor", "Say what is wrong here, and how to mend it."),
}
"""Every command: where it is, and its line in `revo --help`. Nothing else is imported until it is called."""

USAGE, MISSING, UNREACHABLE, INTERRUPTED = 2, 3, 5, 130


class Commands(click.Group):
    """A group that imports the command that is called, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"infra.commands.{module}"), name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that was meant; a usage error with a hint where there is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean `revo {close[0]}`?" if close else "; `revo --help` lists all"
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for `--help`, from the table alone: no command is imported for it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=example(
        "revo up                                   everything on this machine, state in ./.revo",
        "revo review .                             the first thing to try",
        "revo run security.scan --path .           any function, by name",
    ),
)
@click.version_option(version(), prog_name="revo")
def root() -> None:
    """Runs agent and engine tasks on NATS JetStream."""


def exit_code(error: errors.RevoError) -> int:
    """What the shell hears of an error.

    >>> exit_code(errors.NotFound()), exit_code(errors.Unavailable()), exit_code(errors.InvalidId())
    (3, 5, 2)
    """
    if isinstance(error, errors.Unavailable):
        return UNREACHABLE
    if error.status == 404:
        return MISSING
    if error.status in (400, 413, 422) and not isinstance(error, errors.Refused):
        return USAGE
    return 1


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of a command line; what went wrong is on stderr, in one line."""
    try:
        code = root.main(arguments, prog_name="revo", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain about it at its end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except errors.RevoError as error:
        click.echo(f"revo: {error.message}", err=True)
        return exit_code(error)
    return code if isinstance(code, int) else 0
