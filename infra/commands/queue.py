"""`revo queue`: what waits, who serves it, and an end for what nobody will ever serve."""

import click
from rich.text import Text

from infra import backlog
from infra.backlog import Backlog
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import names


@click.group(no_args_is_help=True)
def queue() -> None:
    """Queues: what waits, who serves them."""


@queue.command("ls", epilog=example("revo queue ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """Every queue with its backlog by priority and its workers."""
    found = await backlog.queues(reach.bus)
    rows = [
        (own.queue, *(own.queued.get(urgency, 0) for urgency in names.PRIORITIES), own.held, _workers(own))
        for own in found
    ]
    columns = ("queue", *(f">{urgency}" for urgency in names.PRIORITIES), ">held", ">workers")
    reach.output.show(found, table(columns, rows, "No queue yet; a worker or a task makes one."))


@queue.command(epilog=example("revo queue drop typo_queue"))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reaching()
async def drop(reach: Reach, *, name: str, yes: bool) -> None:
    """Reject all tasks that wait on a queue that nobody serves; each gets its outcome."""
    waiting = next(
        (own.waiting for own in await backlog.queues(reach.bus) if own.queue == names.token(name)), 0
    )
    if waiting and not yes and not reach.output.json:
        click.confirm(f"reject {waiting} tasks of {name}?", abort=True)
    count = await backlog.reject(reach.bus, name)
    reach.output.show({"queue": name, "rejected": count}, f"{count} tasks rejected")


def _workers(own: Backlog) -> Text:
    if own.served or not own.waiting:
        return Text(str(own.workers))
    return Text("none", style="bold red")
