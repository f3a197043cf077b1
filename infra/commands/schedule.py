"""`revo schedule`: tasks that come again and again. The server keeps the calendar."""

import click
from msgspec import Raw
from rich.text import Text

from infra import arguments
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import known
from subjects import codec, names
from subjects.messages import Schedule


@click.group(no_args_is_help=True)
def schedule() -> None:
    """Recurring tasks."""


@schedule.command("ls", epilog=example("revo schedule ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """All schedules, paused ones too."""
    found = await reach.client.schedules()
    rows = [
        (own.name, own.function, _when(own), own.priority, Text("paused", "yellow") if own.paused else "on")
        for own in found
    ]
    reach.output.show(found, table(("name", "function", "when", "priority", "state"), rows, "No schedules."))


@schedule.command(
    epilog=example(
        'revo schedule add nightly security.scan --cron "0 3 * * *" -i \'{"path": "."}\'',
        'revo schedule add pulse text.shout --every 60 -i \'{"text": "hi"}\'',
    )
)
@click.argument("name")
@click.argument("function")
@click.option("--every", type=float, metavar="SECONDS", help="Again after so many seconds.")
@click.option("--cron", metavar="FIELDS", help="Five or six fields, or @hourly, @daily, ...")
@click.option("--timezone", metavar="ZONE", help="For --cron, such as Europe/Berlin; else UTC.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="The input of each task.")
@click.option("--priority", type=click.Choice(names.PRIORITIES), default="medium")
@click.option("--force", is_flag=True, help="Though no worker has announced the function.")
@reaching()
async def add(  # noqa: PLR0913 - each is an option of the command
    reach: Reach,
    *,
    name: str,
    function: str,
    every: float | None,
    cron: str | None,
    timezone: str | None,
    given: str | None,
    priority: str,
    force: bool,
) -> None:
    """Make a schedule, or replace the one of this name."""
    await known(reach.client, function, force=force)
    value = Raw(codec.encode(arguments.read(given)))
    made = Schedule(name, function, value, every, cron, timezone, priority)
    await reach.client.schedule(made)
    reach.output.show(made, f"{name}: {function} {_when(made)}")


@schedule.command(epilog=example("revo schedule rm nightly"))
@click.argument("name")
@reaching()
async def rm(reach: Reach, name: str) -> None:
    """Forget a schedule."""
    await reach.client.remove_schedule(name)
    reach.output.show({"name": name, "removed": True}, f"{name} removed")


@schedule.command(epilog=example("revo schedule pause nightly"))
@click.argument("name")
@reaching()
async def pause(reach: Reach, name: str) -> None:
    """Stop a schedule for a while."""
    reach.output.show(await reach.client.pause_schedule(name), f"{name} paused")


@schedule.command(epilog=example("revo schedule resume nightly"))
@click.argument("name")
@reaching()
async def resume(reach: Reach, name: str) -> None:
    """Let a paused schedule go on."""
    reach.output.show(await reach.client.pause_schedule(name, paused=False), f"{name} goes on")


def _when(own: Schedule) -> str:
    if own.every is not None:
        return f"every {own.every:g} s"
    return f"{own.cron} {own.timezone or 'UTC'}"
