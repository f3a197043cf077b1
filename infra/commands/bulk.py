"""Many tasks by a filter: the options, the table of what would be hit, the question, the outcome."""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click
import msgspec

from infra.commands.console import state, table
from infra.commands.reach import Reach
from subjects import codec
from subjects.client.bulk import Bulk, Selection

F = TypeVar("F", bound=Callable[..., Any])

NARROW = ("queue", "function", "in_state", "priority", "since", "until", "error")
"""The options that narrow a filter."""

_AGO = re.compile(r"(\d+)([smhd])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """A time as RFC 3339, or so long ago: 90s, 30m, 2h, 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment in UTC; a usage error where it is none."""
        ago = _AGO.match(str(value))
        if ago is not None:
            return codec.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except ValueError:
            self.fail(f"{value!r} is no time: write 2026-11-24T12:00, or 90s, 30m, 2h, 7d ago", param, ctx)


def filters(states: tuple[str, ...]) -> Callable[[F], F]:
    """The options of a filter, beside the ids of a command."""

    def wrap(command: F) -> F:
        options = (
            click.option("--all-matching", is_flag=True, help="Every task that the options below take."),
            click.option("--queue", help="Of this queue only."),
            click.option("--function", help="Of this function only."),
            click.option("--state", "in_state", type=click.Choice(states), help="In this state only."),
            click.option("--priority", help="Of this priority only."),
            click.option("--since", type=Moment(), help="From this time on, or so long ago: 30m, 2h, 7d."),
            click.option("--until", type=Moment(), help="Before this time."),
            click.option("--error", help="That ended with this error code only."),
            click.option("--limit", type=click.IntRange(1, 100_000), default=10_000, help="At most so many."),
            click.option("--yes", is_flag=True, help="Do not ask."),
        )
        for option in reversed(options):
            command = option(command)
        return command

    return wrap


def matching(ids: tuple[str, ...], given: dict[str, Any]) -> bool:
    """Whether a filter is meant, not ids; a usage error where it is neither, or both."""
    narrowed = any(given[name] for name in NARROW)
    if given["all_matching"] == bool(ids):
        raise click.UsageError("name some ids, or say --all-matching with a filter")
    if narrowed and ids:
        raise click.UsageError("a filter goes with --all-matching, not with ids")
    return bool(given["all_matching"])


def selection(given: dict[str, Any], reason: str = "") -> Selection:
    """The filter of the options, as a dry run."""
    return Selection(
        queue=given["queue"],
        function=given["function"],
        state=given["in_state"],
        priority=given["priority"],
        since=given["since"],
        until=given["until"],
        error=given["error"],
        limit=given["limit"],
        reason=reason,
    ).checked()


async def asked(
    reach: Reach, wanted: Selection, run: Callable[[Selection], Awaitable[Bulk]], *, yes: bool
) -> int:
    """Count, show, ask, do; exit code 1 where a task could not be changed."""
    planned = await run(wanted)
    if not yes:
        _show(reach, planned)
        if not planned.matched:
            return 0
        if reach.output.json or not sys.stdin.isatty():
            reach.output.say("nothing was changed; say --yes to do it")
            return 0
        click.confirm(f"{planned.action} {planned.matched} tasks?", abort=True, err=True)
    done = await run(msgspec.structs.replace(wanted, dry_run=False))
    rows = [(own.id, own.outcome, own.reason) for own in done.troubles]
    said = f"{done.done} done, {done.skipped} skipped, {done.failed} failed"
    reach.output.show(done, *([table(("id", "outcome", "reason"), rows)] if rows else []), said)
    return 1 if done.failed else 0


def _show(reach: Reach, planned: Bulk) -> None:
    rows = [(own.function, state(own.state), own.count) for own in planned.counts]
    more = f"; the limit was reached, there are more than {planned.matched}" if planned.more else ""
    reach.output.show(
        planned,
        table(("function", "state", ">count"), rows, "No task matches."),
        *([f"{planned.matched} tasks match{more}"] if planned.matched else []),
    )
