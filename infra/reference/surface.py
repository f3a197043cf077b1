"""What people set, type, call and ask: settings, commands, functions, queries."""

import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from analytics.settings import AnalyticsSettings
from functions.api import Function, Options
from functions.settings import WorkerSettings
from gateway.settings import GatewaySettings
from infra import settings as own_settings
from infra.reference import payload
from infra.reference.markdown import block, code, members, page, table, type_name
from infra.settings import SETTINGS, Setting
from subjects import schema

INTRODUCTION = {
    "settings": "Each is an environment variable; `revo up` reads them once, when it starts. An unknown "
    "name that begins "
    f"with `{own_settings.PREFIX}` stops it, with a hint. Source: `infra/settings.py` and the structs it "
    f"names.",
    "parts": "Each part has more limits, which are not environment variables: they are members of its "
    "settings struct, "
    "for tests and for code that starts a part itself. Times are seconds, sizes are bytes.",
    "cli": "Tables by default, `-o json` for programs. Exit codes: 0 done, 1 the task failed or there are "
    "findings, "
    "2 wrong usage, 3 no such thing, 5 nobody answers, 130 interrupted. Source: `infra/cli.py`, "
    "`infra/commands/`.",
    "functions": "What comes with reVoAgent. `revo function ls` lists what the workers of a running system "
    "have "
    "announced, yours included; `revo run NAME --help` tells what one takes. Source: `functions/builtin.py`.",
    "queries": "`revo query NAME --key value`, or `nats req analytics.query.NAME '{\"key\": value}'`. "
    "Without a "
    "value a parameter is not asked for. Rows are limited by `answer_rows`, time by `answer_within` "
    "(settings of "
    "analytics). Source: `analytics/queries/`.",
}


def settings() -> str:
    """Every setting, then the limits of the parts."""
    rows = [(code(own.variable), type_name(_kind(own)), _default(own), own.help) for own in SETTINGS]
    parts = []
    for kind in (WorkerSettings, GatewaySettings, AnalyticsSettings):
        described = payload.of(kind)
        described["properties"].pop("nats", None)
        parts += [f"### {kind.__name__}", inspect.getdoc(kind) or "", members(described, {"NatsSettings"})]
    return page(
        "Settings",
        INTRODUCTION["settings"],
        table(("variable", "value", "default", "meaning"), rows),
        "## Limits of the parts",
        INTRODUCTION["parts"],
        *parts,
    )


def cli() -> str:
    """Every command with its options and examples."""
    from infra.cli import root  # noqa: PLC0415 - the command tree is only needed for this page

    parts = []
    for path, command in commands(root, "revo"):
        parts += [f"## `{path}`", *_command(path, command)]
    return page("The command line", INTRODUCTION["cli"], *parts)


def functions() -> str:
    """What each of our functions takes and gives."""
    from functions.builtin import FUNCTIONS  # noqa: PLC0415 - the agents are only needed for this page

    options = schema.of(Options)
    parts = [part for own in sorted(FUNCTIONS, key=lambda own: own.name) for part in _function(own)]
    return page(
        "Functions",
        INTRODUCTION["functions"],
        *parts,
        "## What the decorator takes",
        inspect.cleandoc(options.get("description", "")),
        members(options),
    )


def queries() -> str:
    """Every named query."""
    from analytics.catalog import load  # noqa: PLC0415
    from analytics.service import QUESTIONS  # noqa: PLC0415 - DuckDB is only needed for this page

    parts = []
    for query in load(*QUESTIONS).queries.values():
        rows = [
            (
                code(own.name),
                ", ".join(map(code, own.words)) or own.type,
                "" if own.default is None else code(str(own.default)),
                own.doc,
            )
            for own in query.parameters
        ]
        parts += [f"## {query.name}", query.doc, table(("parameter", "type", "default", "meaning"), rows)]
    return page("Queries", INTRODUCTION["queries"], *parts)


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, with their full names."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from commands(found, f"{path} {name}")


def _command(path: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    rows = [
        (code(", ".join([*own.opts, *own.secondary_opts])), code(_takes(own, context)), own.help or "")
        for own in command.params
        if isinstance(own, click.Option) and not own.hidden
    ]
    example = inspect.cleandoc((command.epilog or "").replace("\b", "").replace("For example:", ""))
    return [
        inspect.cleandoc((command.help or "").replace("\b", "")),
        block(usage),
        table(("option", "takes", "meaning"), rows),
        block(inspect.cleandoc(example), "sh") if example else "",
    ]


def _takes(option: click.Option, context: click.Context) -> str:
    if option.is_flag or option.count:
        return ""
    return option.make_metavar(context)


def _function(own: Function[..., Any]) -> list[str]:
    info = own.info()
    limits = (
        f"At most {info.timeout:g} s an attempt, {info.max_attempts} attempts; runs in a {info.isolation}; "
        f"version {info.version}."
    )
    return [
        f"## {info.name}",
        info.description,
        limits,
        "Input:",
        members(info.input_schema),
        "Output:",
        members(info.output_schema) or f"{type_name(info.output_schema)}.",
    ]


def _kind(setting: Setting) -> dict[str, Any]:
    """The schema of one setting, as its struct declares it."""
    kind: Any = own_settings.Settings
    for member in setting.field.split("."):
        kind = typing.get_type_hints(kind, include_extras=True)[member]
    return schema.of(kind)


def _default(setting: Setting) -> str:
    value = own_settings.default(setting)
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value) or "none"
    return "" if value is None else _shown(value)


def _shown(value: Any) -> str:
    if not isinstance(value, Path):
        return code(str(value))
    # The defaults were made for the root directory, in the place of the one that the command is called in.
    return code(str(Path(value).relative_to("/"))) if value != Path("/") else "the current directory"
