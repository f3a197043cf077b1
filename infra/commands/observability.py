"""`revo observability`: files for Grafana and Prometheus, made of the tables that this version has."""

import os
from pathlib import Path

import click
import msgspec
import yaml

from infra import observability as made
from infra import settings
from infra.commands.example import example
from subjects import rules

out = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the file into this directory; else to standard output.",
)


@click.group(no_args_is_help=True)
def observability() -> None:
    """Make files for the tools that watch: a dashboard, alert rules."""


@observability.command(epilog=example("revo observability grafana --out dashboards"))
@out
def grafana(out: Path | None) -> None:
    """A dashboard as JSON, to be imported by Grafana."""
    text = msgspec.json.format(msgspec.json.encode(made.dashboard()), indent=2).decode()
    _give("revoagent-dashboard.json", text + "\n", out)


@observability.command(epilog=example("revo observability prometheus --out rules"))
@out
def prometheus(out: Path | None) -> None:
    """The default alert rules as a rule file of Prometheus, with the limits of this environment."""
    known = rules.defaults(msgspec.structs.asdict(settings.load(os.environ).analytics.alerts)).values()
    _give("revoagent-rules.yml", yaml.safe_dump(made.rules(known), sort_keys=False, width=110), out)


def _give(name: str, text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / name).write_text(text)
    click.echo(out / name)
