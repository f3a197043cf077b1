"""`revo notification`: who is told of alerts."""

from typing import Any

import click
import msgspec
from rich.text import Text

from infra import arguments
from infra.commands.console import table
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from subjects import codec, errors
from subjects.client import notifications as wire
from subjects.notifications import Email, Subject, Target, Webhook

WAIT = 30.0


@click.group(no_args_is_help=True)
def notification() -> None:
    """Who is told of alerts: webhooks, e-mail, subjects of NATS."""


@notification.command("ls", epilog=example("revo notification ls"))
@reaching()
async def ls(reach: Reach) -> None:
    """All targets, those that are switched off too."""
    found, _ = await wire.targets(reach.bus)
    rows = [
        (own.name, Text("on", "green") if own.enabled else Text("off", "dim"), _via(own), _wanted(own))
        for own in found
    ]
    reach.output.show(found, table(("target", "state", "by", "wants"), rows, "Nobody is told of alerts."))


@notification.command(
    "set",
    epilog=example(
        "revo notification set pager --webhook https://hooks.example.org/revo --secret-env PAGER_SECRET",
        "revo notification set ops --email ops@example.org",
        'revo notification set bus --subject alerts.team -i \'{"wanted": {"severities": ["critical"]}}\'',
        "revo notification set pager -i '{\"enabled\": false}'",
    ),
)
@click.argument("name")
@click.option("--webhook", metavar="URL", help="Post there.")
@click.option("--url-env", metavar="NAME", help="Post to the URL in this variable of the workers.")
@click.option("--secret-env", metavar="NAME", help="Variable of the workers with whsec_..., to sign with.")
@click.option("--email", metavar="ADDRESS", multiple=True, help="Mail to; may come again.")
@click.option("--subject", metavar="SUBJECT", help="Publish on this NATS subject.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Fields as a JSON object.")
@reaching()
async def put(  # noqa: PLR0913 - each is an option of the command
    reach: Reach,
    *,
    name: str,
    webhook: str | None,
    url_env: str | None,
    secret_env: str | None,
    email: tuple[str, ...],
    subject: str | None,
    given: str | None,
) -> None:
    """Make a target, or change one: what is not named stays as it is."""
    ways: list[dict[str, Any]] = []
    if webhook or url_env or secret_env:
        posted = {"url": webhook or "", "url_env": url_env or "", "secret_env": secret_env or ""}
        ways.append({"type": "webhook", **posted})
    if email:
        ways.append({"type": "email", "to": list(email)})
    if subject:
        ways.append({"type": "nats", "subject": subject})
    if len(ways) > 1:
        raise errors.InvalidRequest("a target is told in one way: by webhook, by e-mail or on a subject")
    new = arguments.read(given)
    if not isinstance(new, dict):
        raise errors.InvalidRequest("-i takes a JSON object")
    found, revision = await wire.targets(reach.bus)
    known = next((own for own in found if own.name == name), None)
    before = codec.to_builtins(known) if known is not None else {}
    try:
        way = {"via": ways[0]} if ways else {}
        made = msgspec.convert({**before, **way, **new, "name": name}, Target)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(f"{name}: {error}") from None
    number = await wire.put(reach.bus, made, revision)
    reach.output.show(
        {"target": codec.to_builtins(made), "revision": number}, f"{name}: {_via(made)}, {_wanted(made)}"
    )


@notification.command(epilog=example("revo notification rm pager"))
@click.argument("name")
@reaching()
async def rm(reach: Reach, name: str) -> None:
    """Tell a target nothing any more."""
    await wire.remove(reach.bus, name)
    reach.output.show({"name": name, "removed": True}, f"{name} removed")


@notification.command(epilog=example("revo notification test pager"))
@click.argument("name")
@reaching()
async def test(reach: Reach, name: str) -> int:
    """Send a made-up alert and say what came of it. Exit code 1: it did not arrive."""
    accepted = await wire.test(reach.bus, name)
    try:
        result = await reach.client.result(accepted.id, WAIT)
    except errors.WaitTimeout:
        reach.output.show(accepted, f"{name}: not told yet; see `revo task show {accepted.id}`")
        return 1
    said = "told" if result.error is None else f"{result.state}: {result.error.message}"
    reach.output.show(result, f"{name}: {said} (task {result.id})")
    return int(result.state != "completed")


def _via(own: Target) -> str:
    match own.via:
        case Webhook(url=url, url_env=variable, secret_env=secret):
            return f"webhook {url or f'at ${variable}'}{', signed' if secret else ''}"
        case Email(to=to):
            return f"e-mail {', '.join(to)}"
        case Subject(subject=subject):
            return f"subject {subject}"


def _wanted(own: Target) -> str:
    want = own.wanted
    words = [*want.severities, *want.states, *want.rules, *(f"{k}={v}" for k, v in want.labels.items())]
    return " ".join(words) or "everything"
