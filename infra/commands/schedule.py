"""`revo schedule`: tasks that come again and again. The server keeps the calendar."""

import click
import msgspec
from msgspec import Raw, structs
from rich.text import Text

from infra import arguments
from infra.commands.console import ago, state, table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import known
from subjects import codec, names
from subjects.client import timetable
from subjects.messages import Schedule
from subjects.timetable import Moments, ScheduleView, Waiting

PAGE = 500
MARKS = {
    "completed": ("●", "green"),
    "failed": ("●", "red"),
    "rejected": ("●", "red"),
    "canceled": ("○", "dim"),
}


@click.group(no_args_is_help=True)
def schedule() -> None:
    """Recurring tasks."""


@schedule.command("ls", epilog=example("revo schedule ls", "revo schedule ls --once"))
@click.option("--once", is_flag=True, help="Delayed tasks instead, the next one first.")
@click.option("--text", metavar="WORD", help="With this in name or function.")
@reaching()
async def ls(reach: Reach, *, once: bool, text: str | None) -> None:
    """All schedules, paused ones too, with their next time and how the last runs went."""
    wanted = Waiting("once" if once else None, text=text, limit=PAGE)
    found: list[ScheduleView] = []
    while True:
        page = await timetable.page(reach.client, wanted)
        found += page.views
        if page.next is None:
            break
        wanted = structs.replace(wanted, after=page.next)
    columns = ("name", "function", "when", "next", "priority", "last runs", "state")
    empty = "Nothing is delayed." if once else "No schedules."
    reach.output.show(found, table(columns, map(_row, found), empty))


@schedule.command(epilog=example("revo schedule show nightly"))
@click.argument("name")
@reaching()
async def show(reach: Reach, name: str) -> None:
    """One schedule: its next ten times, its input and its last runs."""
    view = await timetable.one(reach.client, name)
    when = _when(view)
    about = [
        ("function", view.function),
        ("when", f"{view.words} ({when})"),
        ("input", msgspec.json.encode(view.input).decode()[:200]),
        (
            "success",
            "" if view.success_rate is None else f"{view.success_rate:.0f} % of {view.runs} in 7 days",
        ),
        *(("warning", text) for text in view.warnings),
        ("next", "paused" if view.paused else ""),
        *(("", f"{moment.isoformat()}  {ago(moment)}") for moment in view.next),
    ]
    runs = [(run.id, state(run.state), run.at, run.run_ms, run.error_type) for run in view.last_runs]
    reach.output.show(
        view,
        table(("schedule", name), [row for row in about if row != ("next", "")]),
        table(("run", "state", "fired", ">ms", "error"), runs, "No run has ended within 7 days."),
    )


@schedule.command(epilog=example('revo schedule preview --cron "0 3 * * mon-fri" --timezone Europe/Berlin'))
@click.option("--every", type=float, metavar="SECONDS", help="Again after so many seconds.")
@click.option("--cron", metavar="FIELDS", help="Five or six fields, or @hourly, @daily, ...")
@click.option("--timezone", metavar="ZONE", help="For --cron, such as Europe/Berlin; else UTC.")
@click.option("--count", type=click.IntRange(1, 100), default=10, show_default=True, help="So many times.")
@reaching()
async def preview(
    reach: Reach, *, every: float | None, cron: str | None, timezone: str | None, count: int
) -> None:
    """When something would come that is not saved, and in words."""
    found = timetable.preview(Moments(cron, every, None, timezone, count))
    rows = [(moment.isoformat(), ago(moment)) for moment in found.next]
    reach.output.show(found, found.words, table(("time", "from now"), rows))


@schedule.command(epilog=example("revo schedule run nightly"))
@click.argument("name")
@reaching()
async def run(reach: Reach, name: str) -> None:
    """Let a schedule run once now, paused or not; its next time stays as it is."""
    accepted = await reach.client.run_schedule(name)
    reach.output.show(accepted, f"{name}: task {accepted.id} is queued")


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
@click.option("--new", is_flag=True, help="Only where there is none of this name.")
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
    new: bool,
) -> None:
    """Make a schedule, or replace the one of this name."""
    await known(reach.client, function, force=force)
    value = Raw(codec.encode(arguments.read(given)))
    made = Schedule(name, function, value, every, cron, timezone, priority)
    await reach.client.schedule(made, "none" if new else "any")
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


def _row(view: ScheduleView) -> tuple[object, ...]:
    marks = Text.assemble(*(MARKS.get(run.state, ("?", "")) for run in reversed(view.last_runs[:10])))
    following = view.next[0] if view.next else None
    on = Text("paused", "yellow") if view.paused else Text("!", "red") if view.warnings else "on"
    return (view.name, view.function, _when(view), following, view.priority, marks, on)


def _when(own: Schedule | ScheduleView) -> str:
    if own.every is not None:
        return f"every {own.every:g} s"
    if own.cron is None:
        return "once"
    return f"{own.cron} {own.timezone or 'UTC'}"
