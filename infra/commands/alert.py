"""`revo alert`: what rings, and who looks after it; what is kept quiet."""

import getpass
from typing import Any

import click
from rich.text import Text

from infra.commands.alert_rule import COMMANDS
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import errors
from subjects.alerts import Action, Alert, Matcher, NewSilence
from subjects.client import alerts as wire

STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
COLUMNS = ("alert", "rule", "severity", "state", "since", "summary")


@click.group(no_args_is_help=True)
def alert() -> None:
    """Alerts: what rings, rules, silences."""


@alert.command(
    "ls", epilog=example("revo alert ls", "revo alert ls --all --rule cpu", "revo alert ls --label host=a")
)
@click.option("--all", "everything", is_flag=True, help="Those that have ended too.")
@click.option("--rule", help="Of this rule only.")
@click.option("--severity", type=click.Choice(("info", "warning", "critical")), help="Of this severity only.")
@click.option("--label", metavar="NAME=VALUE", help="With this label only.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="At most so many.")
@reaching()
async def ls(
    reach: Reach, *, everything: bool, rule: str | None, severity: str | None, label: str | None, limit: int
) -> None:
    """What rings, what changed last first."""
    name, value = _pair(label) if label else (None, None)
    given = {
        "state": None if everything else "open",
        "rule": rule,
        "severity": severity,
        "label": name,
        "value": value,
        "limit": limit,
    }
    found = await _rows(reach, "alerts", {key: own for key, own in given.items() if own is not None})
    rows = [_row(own) for own in found]
    reach.output.show(found, table(COLUMNS, rows, "Nothing has rung." if everything else "Nothing rings."))


@alert.command(epilog=example("revo alert show 4b1f0c2d9e31-19a2b3c4d5e"))
@click.argument("id")
@reaching()
async def show(reach: Reach, id: str) -> None:
    """One alert with all its changes."""
    changes = await _rows(reach, "alert_changes", {"id": id})
    if not changes:
        raise errors.NotFound(f"no alert {id!r}")
    rows = [
        (own["updated_at"][:19].replace("T", " "), _severity(own), _state(own), own["value"], own["summary"])
        for own in changes
    ]
    reach.output.show(changes, table(("when (UTC)", "severity", "state", ">value", "summary"), rows))


@alert.command(epilog=example("revo alert ack 4b1f0c2d9e31-19a2b3c4d5e"))
@click.argument("id")
@click.option("--by", default=getpass.getuser, help="Who looks after it; you, if not given.")
@reaching()
async def ack(reach: Reach, id: str, by: str) -> None:
    """Say that somebody looks after it."""
    _told(reach, await wire.acknowledge(reach.bus, id, Action(by)))


@alert.command(epilog=example("revo alert resolve 4b1f0c2d9e31-19a2b3c4d5e"))
@click.argument("id")
@click.option("--by", default=getpass.getuser, help="Who ends it; you, if not given.")
@reaching()
async def resolve(reach: Reach, id: str, by: str) -> None:
    """End it by hand. It rings again once the figure has been well and is not any more."""
    _told(reach, await wire.resolve(reach.bus, id, Action(by)))


@alert.command(
    epilog=example(
        "revo alert silence rule=cpu --minutes 30 --comment 'load test'",
        "revo alert silence host='build-*'",
    )
)
@click.argument("matchers", nargs=-1, required=True, metavar="LABEL=VALUE...")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="For so long.")
@click.option("--comment", default="", help="Why.")
@click.option("--by", default=getpass.getuser, help="Who wants it; you, if not given.")
@reaching()
async def silence(reach: Reach, *, matchers: tuple[str, ...], minutes: float, comment: str, by: str) -> None:
    """Keep alerts quiet that fit all of these: labels, rule, severity or id; * stands for any text."""
    wanted = [Matcher(*_pair(own)) for own in matchers]
    made = await wire.silence(
        reach.bus, NewSilence(matchers=wanted, seconds=minutes * 60, comment=comment, by=by)
    )
    reach.output.show(made, f"silence {made.id} until {made.until:%Y-%m-%d %H:%M:%S} UTC")


@alert.command(epilog=example("revo alert silences"))
@reaching()
async def silences(reach: Reach) -> None:
    """What is kept quiet now."""
    found = await wire.silences(reach.bus)
    rows = [
        (
            own.id,
            " ".join(f"{each.label}={each.value}" for each in own.matchers),
            own.until,
            own.by,
            own.comment,
        )
        for own in found
    ]
    empty = "Nothing is kept quiet."
    reach.output.show(found, table(("silence", "for", "until", "by", "comment"), rows, empty))


@alert.command(epilog=example("revo alert unsilence 0f3a1b2c4d5e"))
@click.argument("id")
@reaching()
async def unsilence(reach: Reach, id: str) -> None:
    """End a silence now."""
    reach.output.show(await wire.end_silence(reach.bus, id), f"silence {id} ended")


for _command in COMMANDS:
    alert.add_command(_command)


def _told(reach: Reach, own: Alert) -> None:
    who = own.resolved_by if own.state == "resolved" else own.acknowledged_by
    reach.output.show(own, f"{own.id} {own.state}{f' by {who}' if who else ''}: {own.summary}")


async def _rows(reach: Reach, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await reach.client.query(query, given)
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def _row(own: dict[str, Any]) -> tuple[Any, ...]:
    since = own["since"][:19].replace("T", " ")
    return own["id"], own["rule"], _severity(own), _state(own), since, own["summary"]


def _severity(own: dict[str, Any]) -> Text:
    return Text(own["severity"], STYLES.get(own["severity"], ""))


def _state(own: dict[str, Any]) -> Text:
    name = f"{own['state']}, silenced" if own["silenced"] and own["state"] != "resolved" else own["state"]
    return Text(
        name, "bold red" if own["state"] == "firing" else "green" if own["state"] == "resolved" else "yellow"
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise errors.InvalidRequest(f"{text[:80]!r} is no name=value")
    return name, value
