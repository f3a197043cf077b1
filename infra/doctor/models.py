"""Language models: is each provider there, does it know its models, is its key set."""

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator, Mapping

from functions.adapters.models.endpoint import INSTALL, Endpoint
from functions.adapters.models.failure import CallFailed
from functions.providers import ModelSettings, Provider
from infra.doctor.check import Check
from subjects.errors import NoModel

WITHIN = 5.0
"""Seconds for a provider to say which models it has."""
NONE = (
    "none: agents work without one and say so. To add one: REVOAGENT_MODEL_URL=http://127.0.0.1:11434/v1 "
    "REVOAGENT_MODEL_NAME=llama3.2, or a models.toml (docs/models.md)"
)


async def models(
    settings: ModelSettings, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[Check]:
    """One check for each provider that is configured."""
    if not settings.provider:
        yield Check("ok", "models", NONE)
        return
    if importlib.util.find_spec("openai") is None:
        yield Check("bad", "models", "models are configured, the package openai is missing", INSTALL)
        return
    if not settings.ordered:
        yield Check(
            "warn", "models", "none may be asked: none is local", "unset local_only, or add a local one"
        )
    for check in await asyncio.gather(*(_provider(own, environment) for own in settings.ordered)):
        yield check


async def _provider(provider: Provider, environment: Mapping[str, str]) -> Check:
    where = f"{provider.name} ({'local' if provider.is_local else 'not local'})"
    if provider.key_env and not environment.get(provider.key_env):
        mend = f"set the variable {provider.key_env} to its key"
        return Check("bad", "models", f"{where}: the variable {provider.key_env} is not set", mend)
    endpoint = Endpoint(provider, environment.get(provider.key_env) if provider.key_env else None)
    try:
        async with asyncio.timeout(WITHIN):
            known = await endpoint.names()
    except TimeoutError:
        return Check("warn", "models", f"{where}: no answer within {WITHIN:g} s", f"is {provider.url} up?")
    except CallFailed as failure:
        mend = "check the key" if failure.kind == "unauthorized" else f"is {provider.url} up, with /v1?"
        return Check("warn", "models", f"{where}: {failure.message}", f"{mend}; `revo model test` asks it")
    except NoModel as error:
        return Check("bad", "models", error.message, INSTALL)
    finally:
        await endpoint.close()
    wanted = [own.name for own in provider.models]
    missing = [name for name in wanted if name not in known and f"{name}:latest" not in known]
    if missing:
        found = (
            f"{where} answers and does not list {', '.join(missing)}; it has {', '.join(known[:8]) or 'none'}"
        )
        return Check("warn", "models", found, "correct the name, or fetch the model (ollama pull ...)")
    return Check("ok", "models", f"{where} answers and has {', '.join(wanted)}")
