"""`revo task`: list, read, follow, cancel, retry and wait."""

from typing import Any

import click
from rich.text import Text

from infra import listing
from infra.commands import bulk, follow
from infra.commands.console import ago, span, state, table, write_json
from infra.commands.example import example
from infra.commands.rate import rate
from infra.commands.reach import Reach, reaching
from infra.commands.run import show_result, shown
from subjects import errors, traces
from subjects.messages import TaskView

STATES = ("queued", "running", "completed", "failed", "canceled", "rejected")


@click.group(no_args_is_help=True)
def task() -> None:
    """List, read, follow, cancel and retry tasks."""


task.add_command(rate)


@task.command("ls", epilog=example("revo task ls --state failed --queue security"))
@click.option("--state", "wanted", type=click.Choice(STATES), default=None, help="In this state only.")
@click.option("--queue", default="", help="Of this queue only.")
@click.option("--function", default="", help="Of this function only.")
@click.option("--limit", default=30, show_default=True, help="At most so many.")
@reaching()
async def ls(reach: Reach, wanted: str | None, queue: str, function: str, limit: int) -> None:
    """Running and queued tasks, then the newest outcomes."""
    found = await listing.tasks(reach.bus, listing.Filter(wanted or "", queue, function), limit)
    rows = [
        (
            view.id,
            view.function,
            state(view.state),
            view.priority,
            _took(view),
            _when(view),
            view.message or "",
        )
        for view in found
    ]
    empty = "No tasks yet; `revo review .` makes some."
    reach.output.show(
        found, table(("id", "function", "state", "priority", ">took", "when", "message"), rows, empty)
    )


@task.command(epilog=example("revo task get my-1 -o json"))
@click.argument("id")
@reaching()
async def get(reach: Reach, id: str) -> None:
    """Where a task stands; with -o json its result as it is stored."""
    view = await reach.client.get(id)
    if reach.output.json:
        write_json(view if view.result is None else view.result)
        return
    rows = [(key, value) for key, value in _facts(view) if value not in (None, "")]
    reach.output.show(view, table(("", ""), rows))
    if view.result is not None and view.result.state == "completed":
        reach.output.show(view, shown(await reach.client.output(view.result)))


@task.command(epilog=example("revo task logs my-1"))
@click.argument("id")
@reaching()
async def logs(reach: Reach, id: str) -> None:
    """The lines that a task wrote, until it ends."""
    await reach.client.get(id)
    async for line in follow.lines(reach.client, id):
        fields = " ".join(f"{key}={value}" for key, value in line.fields.items())
        text = f"{line.at:%H:%M:%S}  {line.level:<7} {line.message} {fields}".rstrip()
        reach.output.show(line, Text(text, style=follow.LEVELS.get(line.level, "")))


@task.command(epilog=example("revo task events my-1"))
@click.argument("id")
@reaching()
async def events(reach: Reach, id: str) -> int:
    """Everything that a task tells, from its start to its result."""
    await reach.client.get(id)
    return await show_result(reach, await follow.stream(reach.client, id, reach.output))


@task.command(
    epilog=example(
        'revo task cancel my-1 my-2 --reason "wrong directory"',
        "revo task cancel --all-matching --queue security --state queued",
    )
)
@click.argument("ids", nargs=-1)
@click.option("--reason", default="", help="Kept with the outcome.")
@bulk.filters(("queued", "running"))
@reaching()
async def cancel(reach: Reach, ids: tuple[str, ...], reason: str, **given: Any) -> int:
    """Cancel queued, delayed or running tasks: some by id, or all that a filter takes, counted first."""
    if bulk.matching(ids, given):
        return await bulk.asked(
            reach, bulk.selection(given, reason), reach.client.bulk_cancel, yes=given["yes"]
        )
    code = 0
    for id in ids:
        try:
            view = await reach.client.cancel(id, reason)
        except errors.AlreadyFinished as error:
            click.echo(f"revo: {error.message}", err=True)
            code = 1
            continue
        reach.output.show(view, f"{view.id} {view.state}")
    return code


@task.command(
    epilog=example(
        "revo task retry my-1",
        "revo task retry --all-matching --function security.scan --error timeout --since 2h",
    )
)
@click.argument("ids", nargs=-1)
@bulk.filters(("failed", "canceled", "rejected"))
@reaching()
async def retry(reach: Reach, ids: tuple[str, ...], **given: Any) -> int:
    """Run failed, canceled or rejected tasks again, under the same ids: some, or all that a filter takes."""
    if bulk.matching(ids, given):
        return await bulk.asked(reach, bulk.selection(given), reach.client.bulk_retry, yes=given["yes"])
    for id in ids:
        accepted = await reach.client.retry(id)
        reach.output.show(accepted, f"{accepted.id} {accepted.state}")
    return 0


@task.command(epilog=example("revo task wait my-1"))
@click.argument("id")
@reaching()
async def wait(reach: Reach, id: str) -> int:
    """Wait for the outcome of a task; exit code 0 where it completed, 1 where it did not."""
    await reach.client.get(id)
    return await show_result(reach, await follow.outcome(reach.client, id, reach.output))


def _facts(view: TaskView) -> list[tuple[str, object]]:
    error = view.result.error if view.result else None
    return [
        ("id", view.id),
        ("function", view.function),
        ("state", state(view.state)),
        ("priority", view.priority),
        ("submitted", view.submitted_at),
        ("starts", view.at),
        ("started", view.started_at),
        ("finished", view.finished_at),
        ("took", _took(view)),
        ("attempt", view.attempt),
        ("worker", view.worker),
        ("trace", view.result and traces.trace_id(view.result.trace)),
        ("progress", None if view.progress is None else f"{view.progress:.0%}"),
        ("message", view.message),
        ("error", error and f"{error.type}: {error.message}"),
    ]


def _took(view: TaskView) -> str:
    if view.started_at is None or view.finished_at is None:
        return ""
    return span((view.finished_at - view.started_at).total_seconds())


def _when(view: TaskView) -> str:
    moment = view.finished_at or view.started_at or view.submitted_at
    return ago(moment) if moment else ""
