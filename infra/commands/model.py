"""`revo model`: the language models that are configured here, and whether they answer."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from typing import Any

import click
import msgspec
from msgspec import Struct

from functions.adapters.models.budget import Spent
from functions.adapters.models.counters import Counter, today
from functions.adapters.models.prices import Tokens, usd
from functions.providers import ModelEntry, ModelSettings, Provider
from infra import settings
from infra.commands.console import Output, table
from infra.commands.example import example
from infra.commands.reach import output_option, quiet, server_url
from infra.link import linked
from infra.model_trial import Tried, tried
from infra.settings import Settings
from subjects import errors

NONE = "No language model is configured, and everything works without one. `revo doctor` says how to add one."


class Shown(Struct, frozen=True):
    """A model as `ls` shows it. Prices are dollars for a million tokens; null: not known."""

    model: str
    alias: str
    kind: str
    provider: str
    url: str
    local: bool
    key: str
    input_usd: float | None
    output_usd: float | None


@click.group(no_args_is_help=True)
def model() -> None:
    """Language models that are configured: REVOAGENT_MODEL_URL and _NAME, or models.toml."""


@model.command("ls", epilog=example("revo model ls", "revo model ls -o json"))
@output_option()
def ls(form: str) -> None:
    """All of them, in the order in which they are asked."""
    own = settings.load(os.environ)
    quiet(own)
    found = listed(own.worker.models, os.environ)
    rows = [
        (
            shown.model, shown.alias, shown.kind, shown.provider, "yes" if shown.local else "no",
            _dollars(shown.input_usd), _dollars(shown.output_usd), shown.key,
        )
        for shown in found
    ]  # fmt: skip
    head = ("model", "alias", "kind", "provider", "local", ">usd in/M", ">usd out/M", "key")
    output = Output(form)
    output.show(found, table(head, rows, NONE))
    if found:
        output.say("")
        for line in _budget(own):
            output.say(line)


@model.command(epilog=example("revo model test", "revo model test llama3.2"))
@click.argument("name", required=False)
@output_option()
def test(name: str | None, form: str) -> int:
    """Ask each model, or the one of this name, something tiny. The exit code is 1 where one fails."""
    own = settings.load(os.environ)
    quiet(own)
    chosen = [
        (provider, entry)
        for provider in own.worker.models.ordered
        for entry in provider.models
        if name in (None, entry.name, entry.alias, f"{provider.name}/{entry.name}")
    ]
    if not chosen and name is not None:
        raise errors.NotFound(f"no model is called {name!r}; `revo model ls` lists them")
    found = asyncio.run(_all(chosen))
    rows = [
        (
            f"{own.provider}/{own.model}", own.outcome, own.first_ms, own.ms,
            own.input_tokens, own.output_tokens, _dollars(own.usd), own.said,
        )
        for own in found
    ]  # fmt: skip
    head = ("model", "outcome", ">first ms", ">ms", ">in", ">out", ">usd", "said")
    Output(form).show(found, table(head, rows, NONE))
    return int(any(own.outcome != "ok" for own in found))


def _budget(own: Settings) -> list[str]:
    """The limits, and what is used of those of the day where a stack runs here that counts it."""
    budget = own.worker.models.budget
    limits = msgspec.to_builtins(budget)
    told = [f"{name.replace('_', ' ')} {most:g}" for name, most in limits.items() if most is not None]
    lines = [f"Budget: {', '.join(told) or 'none'}."]
    if budget.day_usd is None and budget.day_tokens is None:
        return lines
    with contextlib.suppress(errors.RevoError):
        spent = asyncio.run(_spent(own))
        lines.append(f"Used today: {spent.tokens} tokens, {_dollars(spent.usd)} dollars as far as known.")
    return lines


async def _spent(own: Settings) -> Spent:
    nats = msgspec.structs.replace(own.nats, url=server_url(own, None), name="revo-cli")
    async with linked(nats) as bus:
        return await Counter(bus, "day", today).spent()


def listed(own: ModelSettings, environment: Mapping[str, str]) -> list[Shown]:
    """The models as they are shown. Of a key it only says whether it is there."""
    million = 1_000_000
    return [
        Shown(
            entry.name,
            entry.alias,
            entry.kind,
            provider.name,
            provider.url,
            provider.is_local,
            _key(provider, environment),
            usd(provider, entry, Tokens(million, 0)),
            usd(provider, entry, Tokens(0, million)),
        )
        for provider in own.ordered
        for entry in provider.models
    ]


async def _all(chosen: list[tuple[Provider, ModelEntry]]) -> list[Tried]:
    return [await tried(provider, entry, os.environ) for provider, entry in chosen]


def _key(provider: Provider, environment: Mapping[str, str]) -> str:
    if not provider.key_env:
        return "none needed"
    return f"{provider.key_env} {'set' if environment.get(provider.key_env) else 'NOT SET'}"


def _dollars(value: Any) -> str:
    return "unknown" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
