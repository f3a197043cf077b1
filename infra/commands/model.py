"""`revo model`: the language models that are configured here, and whether they answer."""

import asyncio
import contextlib
import os
import time
from collections.abc import Mapping
from typing import Any

import click
import msgspec
from msgspec import Struct

from functions.adapters.models.calling import Asker
from functions.adapters.models.failure import CallFailed
from functions.adapters.models.models import Models
from functions.adapters.models.prices import Tokens, usd
from functions.adapters.models.task_model import TaskModel
from functions.ports import Prompt, Reply, Turn
from functions.providers import ModelEntry, ModelSettings, Provider
from infra import settings
from infra.commands.console import Output, table
from infra.commands.example import example
from infra.commands.reach import output_option, quiet
from subjects import errors
from subjects.model_call import ModelCall

NONE = "No language model is configured, and everything works without one. `revo doctor` says how to add one."
QUESTION = Prompt([Turn("user", "Answer with the single word: ready")], max_tokens=500)


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


class Tried(Struct, frozen=True):
    """What one tiny question came to."""

    model: str
    provider: str
    outcome: str
    first_ms: float | None
    ms: float
    input_tokens: int
    output_tokens: int
    usd: float | None
    said: str


@click.group(no_args_is_help=True)
def model() -> None:
    """Language models that are configured: REVOAGENT_MODEL_URL and _NAME, or models.toml."""


@model.command("ls", epilog=example("revo model ls", "revo model ls -o json"))
@output_option()
def ls(form: str) -> None:
    """All of them, in the order in which they are asked."""
    own = settings.load(os.environ)
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
    budget = msgspec.to_builtins(own.worker.models.budget)
    limits = [f"{name.replace('_', ' ')} {most:g}" for name, most in budget.items() if most is not None]
    if found:
        output.say(f"\nBudget: {', '.join(limits) or 'none'}.")


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
    return [await _tried(provider, entry) for provider, entry in chosen]


async def _tried(provider: Provider, entry: ModelEntry) -> Tried:
    calls: list[ModelCall] = []

    async def tell(call: ModelCall) -> None:
        calls.append(call)

    alone = msgspec.structs.replace(provider, models=(entry,), retries=0)
    models = Models(ModelSettings((alone,)), os.environ, tell)
    asking = TaskModel(models, Asker(), lambda _: None)
    first, said = None, ""
    try:
        for route in models.routes("auto", entry.kind):
            with contextlib.suppress(CallFailed):
                await route.endpoint.open()
        began = time.monotonic()
        if entry.kind == "embedding":
            said = f"a vector of {len((await asking.embed(['ready'])).vectors[0])} numbers"
        else:
            async for piece in asking.stream(QUESTION):
                first = first or time.monotonic() - began
                said = piece.text if isinstance(piece, Reply) else said
    except errors.RevoError as error:
        said = error.message.removeprefix("no model answered: ")
    finally:
        await models.close()
    call = calls[-1] if calls else None
    return Tried(
        entry.name,
        provider.name,
        call.outcome if call else "failed",
        None if first is None else round(first * 1000, 1),
        call.ms if call else 0.0,
        call.input_tokens if call else 0,
        call.output_tokens if call else 0,
        call.usd if call else None,
        " ".join(said.split())[:200],
    )


def _key(provider: Provider, environment: Mapping[str, str]) -> str:
    if not provider.key_env:
        return "none needed"
    return f"{provider.key_env} {'set' if environment.get(provider.key_env) else 'NOT SET'}"


def _dollars(value: Any) -> str:
    return "unknown" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
