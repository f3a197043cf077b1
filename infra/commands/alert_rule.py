"""`revo alert rules`, `rule` and `test`: what alerts ring for."""

from typing import Any

import click
import msgspec
from rich.text import Text

from infra import arguments
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec, errors
from subjects.alerts import Rule, RuleTest, RuleView, Tried
from subjects.client import alerts as wire
from subjects.rules import checked

STYLES = {
    "firing": "bold red",
    "error": "bold white on red",
    "pending": "yellow",
    "ok": "green",
    "off": "dim",
}


@click.command(epilog=example("revo alert rules"))
@reaching()
async def rules(reach: Reach) -> None:
    """All rules with their state and the worst value each saw last."""
    found = await _views(reach, {})
    rows = [
        (
            own.rule.name,
            Text(own.state, STYLES[own.state]),
            own.rule.kind,
            _watched(own.rule),
            own.error or _last(own),
            own.origin,
        )
        for own in found
    ]
    reach.output.show(found, table(("rule", "state", "kind", "rings", "last", "origin"), rows))


@click.group(no_args_is_help=True)
def rule() -> None:
    """One rule: show, set, rm."""


@rule.command(epilog=example("revo alert rule show cpu"))
@click.argument("name")
@reaching()
async def show(reach: Reach, name: str) -> None:
    """One rule in full, with what it saw last."""
    own = await _view(reach, name)
    fields = [(key, str(value)) for key, value in codec.to_builtins(own.rule).items()]
    seen = [
        (_labels(value.labels), Text(value.state, STYLES.get(value.state, "yellow")), value.value)
        for value in own.values
    ]
    reach.output.show(
        own,
        table(
            ("field", "value"),
            [*fields, ("state", Text(own.state, STYLES[own.state])), ("error", own.error or "")],
        ),
        table(("labels", "state", ">value"), seen, "It has seen nothing."),
    )


@rule.command(
    "set",
    epilog=example(
        "revo alert rule set cpu limit=70 critical=85",
        "revo alert rule set backlog expression=queue_depth limit=1000 for=60",
        'revo alert rule set slow -i \'{"kind": "sql", "expression": "SELECT ...", "limit": 5}\'',
    ),
)
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Fields as a JSON object.")
@reaching()
async def put(reach: Reach, name: str, fields: tuple[str, ...], given: str | None) -> None:
    """Make a rule, or change one: what is not named stays as it is."""
    made = await _changed(reach, name, fields, given)
    revision = await wire.put_rule(reach.bus, made)
    reach.output.show({"rule": codec.to_builtins(made), "revision": revision}, f"{name}: {_watched(made)}")


@rule.command(epilog=example("revo alert rule rm backlog"))
@click.argument("name")
@reaching()
async def rm(reach: Reach, name: str) -> None:
    """Take a rule of one's own away; a default of this name holds again."""
    await wire.remove_rule(reach.bus, name)
    reach.output.show({"name": name, "removed": True}, f"{name} removed")


@click.command(
    epilog=example(
        "revo alert test cpu limit=50 --hours 24",
        "revo alert test backlog expression=queue_depth limit=100",
    )
)
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Fields as a JSON object.")
@click.option(
    "--hours", type=click.FloatRange(0, 168), default=0.0, help="Also what it would have told before."
)
@reaching()
async def test(reach: Reach, *, name: str, fields: tuple[str, ...], given: str | None, hours: float) -> int:
    """Say what a rule would do, changed as said or as it is; nothing is kept or told. Exit code 1: rings."""
    asked = RuleTest(checked(await _changed(reach, name, fields, given)), hours)
    answer = await reach.client.query("alert_test", {"test": codec.encode(asked).decode()}, 30.0)
    tried = msgspec.convert(answer["rows"][0][0], Tried)
    if tried.error is not None:
        raise errors.InvalidRequest(tried.error)
    now = [
        (
            _labels(own.labels),
            Text("rings" if own.state == "firing" else "well", STYLES[own.state]),
            own.value,
            own.summary,
        )
        for own in tried.values
    ]
    shown: list[Any] = [table(("labels", "now", ">value", "summary"), now, "It sees nothing.")]
    if hours:
        past = [
            (f"{own.updated_at:%Y-%m-%d %H:%M:%S}", own.state, own.severity, own.summary)
            for own in tried.past
        ]
        shown.append(table(("then (UTC)", "state", "severity", "summary"), past, "It would not have rung."))
    reach.output.show(tried, *shown)
    return int(any(own.state == "firing" for own in tried.values))


async def _views(reach: Reach, given: dict[str, Any]) -> list[RuleView]:
    answer = await reach.client.query("alert_rules", given)
    return [msgspec.convert(row[0], RuleView) for row in answer["rows"]]


async def _view(reach: Reach, name: str) -> RuleView:
    found = await _views(reach, {"name": name})
    if not found:
        raise errors.NotFound(f"there is no rule {name!r}; `revo alert rules` lists them")
    return found[0]


async def _changed(reach: Reach, name: str, fields: tuple[str, ...], given: str | None) -> Rule:
    known = await _views(reach, {"name": name})
    before = codec.to_builtins(known[0].rule) if known else {}
    new = arguments.read(given)
    if not isinstance(new, dict):
        raise errors.InvalidRequest("-i takes a JSON object")
    for word in fields:
        key, equals, text = word.partition("=")
        if not equals:
            raise errors.InvalidRequest(f"{word[:80]!r} is no field=value")
        new[key] = _value(text)
    try:
        return msgspec.convert({**before, **new, "name": name}, Rule)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(f"{name}: {error}") from None


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        return text


def _watched(own: Rule) -> str:
    what = {"sql": "SQL", "absence": f"no {own.expression} for"}.get(own.kind, own.expression)
    sign = "" if own.kind == "absence" else "> " if own.side == "above" else "< "
    critical = "" if own.critical is None else f", critical {own.critical:g}"
    held = f" for {own.duration:g} s" if own.duration else ""
    unit = " s" if own.kind == "absence" else " a minute" if own.kind == "rate" else ""
    return f"{what} {sign}{own.limit:g}{unit}{critical}{held}"


def _last(own: RuleView) -> str:
    """The worst value in short; the sentence of a rule is true only while it rings."""
    worst = next(iter(own.values), None)
    if worst is None:
        return ""
    if worst.state != "ok":
        return worst.summary
    return f"{_labels(worst.labels)} {'no value' if worst.value is None else f'{worst.value:g}'}".strip()


def _labels(labels: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(labels.items()))


COMMANDS = (rules, rule, test)
