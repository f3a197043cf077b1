"""Reads the environment once. Types, ranges and defaults are those of the structs that the parts declare."""

import difflib
import ipaddress
import os
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from analytics.settings import AlertSettings, AnalyticsSettings, ConsoleSettings
from functions.engines.scaling import Bounds
from functions.settings import MemorySettings, Smtp, WorkerSettings
from gateway.settings import GatewaySettings
from infra import models
from infra.models import ModelSource
from infra.server import ServerSettings
from infra.settings.table import BARE, BY_VARIABLE, PREFIX, Setting
from infra.settings.tree import Settings
from subjects import errors
from subjects.settings import NatsSettings


class WrongSetting(errors.InvalidRequest):
    """A setting is unknown or has a value that cannot be."""


def load(environment: Mapping[str, str], here: Path | None = None) -> Settings:
    """The settings of an environment, for a directory (the current one). WrongSetting for what cannot be."""
    here = (here or Path.cwd()).resolve()
    given: dict[str, dict[str, Any]] = {}
    bare = {PREFIX + name: environment[name] for name in BARE if name in environment}
    for variable, text in {**bare, **environment}.items():
        if not variable.startswith(PREFIX):
            continue
        setting = BY_VARIABLE.get(variable)
        if setting is None:
            raise WrongSetting(f"there is no setting {variable}{_nearest(variable)}")
        part, _, member = setting.field.rpartition(".")
        given.setdefault(part, {})[member] = _value(setting, text)
    server = {"state": Path(".revo"), **given.get("server", {})}
    worker = {"roots": (here,), **given.get("worker", {})}
    worker["roots"] = tuple((here / root).resolve() for root in worker["roots"])
    if "advisories" in worker:
        worker["advisories"] = (here / worker["advisories"]).resolve()
    if "deploy" in worker:
        worker["deploy"] = (here / worker["deploy"]).resolve()
    worker["smtp"] = Smtp(**given.get("worker.smtp", {}))
    worker["memory"] = MemorySettings(**given.get("worker.memory", {})).below(here)
    state = (here / server.pop("state")).resolve()
    nats = NatsSettings(**given.get("nats", {}))
    source = ModelSource(**given.pop("models", {}))
    worker["models"] = models.read(source, state, here)
    door = GatewaySettings(**given.get("gateway", {}))
    if door.port:
        worker["services"] = (f"http://{door.host}:{door.port}",)
    settings = Settings(
        pool=Bounds(**given.pop("pool", {})),
        nats=nats,
        server=ServerSettings(state=state, **server),
        worker=WorkerSettings(**worker),
        gateway=door,
        analytics=AnalyticsSettings(
            **given.get("analytics", {}),
            alerts=AlertSettings(**given.get("analytics.alerts", {})),
            console=ConsoleSettings(**given.get("analytics.console", {})),
        ),
        outside="url" in given.get("nats", {}),
        models=source,
        **given.get("", {}),
    )
    check_bind(settings.gateway.host)
    return settings.on(nats)


def check_bind(host: str) -> None:
    """WrongSetting where other machines could reach the door: nobody would ask who they are."""
    try:
        open_to_others = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        open_to_others = host != "localhost"
    if open_to_others:
        raise WrongSetting(
            f"{PREFIX}HOST={host} would let other machines in, and there is no authentication yet; "
            "use 127.0.0.1 and put a proxy that asks for a login before it"
        )


def default(setting: Setting) -> Any:
    """What holds where the environment says nothing."""
    tree = load({}, Path("/"))
    value: Any = tree
    for member in setting.field.split("."):
        value = getattr(value, member)
    return value


def encode(settings: Any) -> bytes:
    """A settings struct as JSON, for the process that it is meant for."""
    return msgspec.json.encode(settings, enc_hook=str)


def decode(text: bytes, kind: Any) -> Any:
    """The settings struct that `encode` wrote."""
    return msgspec.json.decode(text, type=kind, dec_hook=_convert)


def _value(setting: Setting, text: str) -> Any:
    kind = _kind(setting)
    plain = typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
    if plain == Path | None:
        return Path(text).expanduser() if text else None
    value: Any = text
    if typing.get_origin(plain) is tuple:
        mark = os.pathsep if typing.get_args(plain)[0] is Path else ","
        value = [part.strip() for part in text.split(mark) if part.strip()]
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_convert)
    except msgspec.ValidationError as error:
        raise WrongSetting(f"{setting.variable}={text}: {str(error)[:1].lower()}{str(error)[1:]}") from None


def _kind(setting: Setting) -> Any:
    """The type of a setting, with its limits, as its struct declares it."""
    kind: Any = Settings
    for member in setting.field.split("."):
        kind = typing.get_type_hints(kind, include_extras=True)[member]
    return kind


def _convert(kind: type, value: Any) -> Any:
    return Path(value).expanduser() if kind is Path else kind(value)


def _nearest(variable: str) -> str:
    close = difflib.get_close_matches(variable, BY_VARIABLE, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""
