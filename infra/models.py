"""Finds and reads `models.toml`, or makes the settings of one endpoint out of the environment."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from functions.providers import ModelEntry, ModelSettings, Provider
from subjects import errors

NAME = "models.toml"


class WrongModels(errors.InvalidRequest):
    """The file of the language models cannot be read."""


class ModelSource(Struct, frozen=True):
    """Where the language models are told: a file, or one endpoint and the name of its model."""

    file: Annotated[Path | None, Meta(description="Else models.toml in the state or current directory.")] = (
        None
    )
    url: str = ""
    name: str = ""
    key_env: str = ""
    embeddings: str = ""
    local_only: bool = False
    local_share: Annotated[float, Meta(ge=0, le=1)] | None = None


def read(source: ModelSource, state: Path, here: Path) -> ModelSettings:
    """The language models: the file's, after the endpoint of the environment; none where neither is there."""
    path = found(source, state, here)
    settings = ModelSettings() if path is None else _read(path)
    if source.url or source.name:
        settings = msgspec.structs.replace(settings, provider=(_single(source), *settings.provider))
    if source.local_share is not None:
        settings = msgspec.structs.replace(settings, local_share=source.local_share)
    return msgspec.structs.replace(settings, local_only=True) if source.local_only else settings


def found(source: ModelSource, state: Path, here: Path) -> Path | None:
    """The file that counts."""
    if source.file is not None:
        return here / source.file
    return next((place / NAME for place in (state, here) if (place / NAME).is_file()), None)


def _read(path: Path) -> ModelSettings:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), ModelSettings, strict=True)
    except OSError as error:
        raise WrongModels(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise WrongModels(f"{path}: {error}") from None


def _single(source: ModelSource) -> Provider:
    if not (source.url and source.name):
        raise WrongModels("one endpoint needs both REVOAGENT_MODEL_URL and REVOAGENT_MODEL_NAME")
    names = [ModelEntry(source.name)]
    if source.embeddings:
        names.append(ModelEntry(source.embeddings, kind="embedding"))
    given = {"name": "environment", "url": source.url, "key_env": source.key_env}
    try:
        return msgspec.convert({**given, "models": msgspec.to_builtins(names)}, Provider)
    except msgspec.ValidationError as error:
        raise WrongModels(f"REVOAGENT_MODEL_URL={_shown(source.url)}: {error}") from None


def _shown(url: str) -> str:
    """An address without what stands before its @, which may be a key."""
    return url.rpartition("@")[2]
