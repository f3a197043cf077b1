"""`revo run` and `revo call`: any function by its name, its input from its own schema."""

import asyncio
from typing import Any

import click
import msgspec
from msgspec import Raw
from rich.console import RenderableType
from rich.constrain import Constrain
from rich.text import Text

from functions.registry import nearest
from infra import answers, arguments
from infra.commands import follow
from infra.commands.console import Output, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec, errors, names
from subjects.client import Client
from subjects.messages import FunctionInfo, Result, Submission

WIDTH = 120
"""Columns of a report: prose in longer lines is hard to read."""
ANY_INPUT = {"ignore_unknown_options": True, "allow_extra_args": True}


class _Run(click.Command):
    """`--help` without a name is about the command, with one about the function."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the words; answers `--help` itself where no function is named."""
        rest = super().parse_args(ctx, args)
        if ctx.params.get("name") is None:
            if not ctx.params.get("help"):
                raise click.UsageError("which function? `revo function ls` lists them", ctx)
            click.echo(self.get_help(ctx))
            ctx.exit(0)
        return rest


@click.command(
    cls=_Run,
    context_settings=ANY_INPUT,
    add_help_option=False,
    epilog=example(
        "revo run security.scan --path .",
        'revo run security.scan -i \'{"path": "."}\' --priority high --id nightly-1',
        "revo run security.scan --help             what it takes",
    ),
)
@click.argument("name", required=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "-i", "--input", "given", metavar="JSON|@FILE|-", help="The input; --key value words go over it."
)
@click.option("--priority", type=click.Choice(names.PRIORITIES), default="medium", help="How urgent.")
@click.option("--id", "id", metavar="KEY", help="Idempotency key: the same one is the same task.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For one attempt.")
@click.option("--max-attempts", type=int, metavar="N", help="Give up after so many.")
@click.option("--in", "delay", type=float, metavar="SECONDS", help="Start later.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait for the outcome (the default), or print the id and go."
)
@click.option("--stream", is_flag=True, help="One line for everything the task tells.")
@click.option("--force", is_flag=True, help="Submit though no worker has announced the function.")
@click.option("-h", "--help", "help", is_flag=True, help="This, or with a NAME its input.")
@reaching()
async def run(reach: Reach, **given: Any) -> int:
    """Submit a task and wait for its outcome. The exit code is 0 where it completed, 1 where it did not."""
    info = await known(reach.client, given["name"], force=given["force"])
    if given["help"]:
        describe(reach.output, info)
        return 0
    value = arguments.input_of(info.input_schema if info else {}, given["given"], given["words"])
    submission = Submission(
        function=given["name"],
        input=Raw(codec.encode(value)),
        priority=given["priority"],
        id=given["id"],
        timeout=given["timeout"],
        max_attempts=given["max_attempts"],
        delay=given["delay"],
    )
    accepted = await reach.client.submit(submission)
    if not given["wait"]:
        reach.output.show(accepted, accepted.id)
        return 0
    if info and not any(info.name in worker.functions for worker in (await reach.client.workers()).values()):
        reach.output.aside.print(f"no worker serves {info.name} right now; task {accepted.id} waits for one")
    wait = follow.stream if given["stream"] else follow.outcome
    try:
        result = await wait(reach.client, accepted.id, reach.output)
    except asyncio.CancelledError:
        reach.output.aside.print(
            f"task {accepted.id} goes on; `revo task wait {accepted.id}` waits for it again"
        )
        raise
    return await show_result(reach, result)


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog=example("revo call documentation.coverage --path ."),
)
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "-i", "--input", "given", metavar="JSON|@FILE|-", help="The input; --key value words go over it."
)
@click.option(
    "--within", type=float, default=30.0, show_default=True, metavar="SECONDS", help="Wait so long."
)
@reaching()
async def call(reach: Reach, name: str, words: tuple[str, ...], given: str | None, within: float) -> None:
    """Call a function at once, by request and reply: no queue, no retry, nothing kept."""
    info = await known(reach.client, name, force=False)
    value = arguments.input_of(info.input_schema if info else {}, given, words)
    answer = await reach.client.call(name, value, within)
    reach.output.show(answer, shown(codec.encode(answer)))


async def known(client: Client, name: str, *, force: bool) -> FunctionInfo | None:
    """What is announced of a function; UnknownFunction, with the nearest name, where nothing is."""
    names.split_function(name)
    functions = await client.functions()
    if name in functions or force:
        return functions.get(name)
    hint = nearest(name, functions) or "; `revo function ls` lists what there is"
    raise errors.UnknownFunction(f"no worker has announced {name!r}{hint}")


async def show_result(reach: Reach, result: Result) -> int:
    """Prints the output of a task, or why there is none; the exit code."""
    completed = result.state == "completed"
    if reach.output.json:
        reach.output.show(result)
    elif completed:
        reach.output.show(None, shown(await reach.client.output(result)))
    else:
        error = result.error or errors.RevoError("no reason was given").info()
        click.echo(
            f"revo: task {result.id} {result.state}: {error.message} ({error.type}, after {result.attempts} "
            f"attempt{'s' if result.attempts != 1 else ''})",
            err=True,
        )
    return 0 if completed else 1


def describe(output: Output, info: FunctionInfo | None) -> None:
    """A function for a person: what it does, what it takes, how to run it."""
    if info is None:
        raise errors.UnknownFunction
    parts: list[Any] = [Text(f"{info.name}  {info.version}", style="bold"), Text(info.description + "\n")]
    rows = arguments.rows(info.input_schema)
    parts.append(table(("option", "type", "default", "meaning"), rows, "It takes no input."))
    words = "".join(f" {row[0]} ..." for row in rows if row[2] == "required")
    parts.append(Text(f"\nrevo run {info.name}{words}", style="cyan"))
    limits = (
        f"at most {info.timeout:g} s an attempt, {info.max_attempts} attempts, runs in a {info.isolation}"
    )
    parts.append(Text(limits, style="dim"))
    output.show(info, *parts)


def shown(payload: bytes) -> RenderableType:
    """JSON for a person: an agent's report with its findings, a text as it is, anything else indented."""
    value = msgspec.json.decode(payload)
    answer = answers.of(value)
    if answer is not None:
        return Constrain(answer, WIDTH)
    return Text(value if isinstance(value, str) else msgspec.json.format(payload).decode())
