"""Every setting, once: its name in the environment, where it stands in the tree, and what it means.

Types, ranges and defaults are those of the structs that the parts declare; `load` reads the environment once.

>>> load({"REVOAGENT_PORT": "0", "REVOAGENT_SLOTS": "4"}).worker.slots
4
>>> load({"REVOAGENT_PROT": "1"})
Traceback (most recent call last):
    ...
infra.settings.WrongSetting: there is no setting REVOAGENT_PROT; did you mean REVOAGENT_PORT?
"""

import difflib
import ipaddress
import os
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from analytics.settings import AlertSettings, AnalyticsSettings
from functions.engines.scaling import Bounds
from functions.settings import MemorySettings, WorkerSettings
from gateway.settings import GatewaySettings
from infra import models
from infra.models import ModelSource
from infra.server import ServerSettings
from subjects import errors
from subjects.settings import NatsSettings

PREFIX = "REVOAGENT_"

LogLevel = Literal["debug", "info", "warning", "error"]


class WrongSetting(errors.InvalidRequest):
    """A setting is unknown or has a value that cannot be."""


class Settings(Struct, frozen=True):
    """Everything that can be set, as one value. `outside`: the NATS server is not ours to start."""

    nats: NatsSettings
    server: ServerSettings
    worker: WorkerSettings
    gateway: GatewaySettings
    analytics: AnalyticsSettings
    processes: Annotated[int, Meta(ge=1, le=256)] = 1
    pool: Bounds = Bounds()
    log_level: LogLevel = "info"
    outside: bool = False
    models: ModelSource = ModelSource()

    @property
    def state(self) -> Path:
        """The directory of this stack."""
        return self.server.state

    def on(self, nats: NatsSettings, monitor_url: str = "") -> "Settings":
        """The same, with every part at this NATS; the gateway asks `monitor_url` how the server is."""
        return msgspec.structs.replace(
            self,
            nats=nats,
            worker=msgspec.structs.replace(self.worker, nats=_named(nats, "worker")),
            gateway=msgspec.structs.replace(
                self.gateway, nats=_named(nats, "gateway"), log_level=self.log_level, monitor_url=monitor_url
            ),
            analytics=msgspec.structs.replace(self.analytics, nats=_named(nats, "analytics")),
        )


class Setting(Struct, frozen=True):
    """One row: REVOAGENT_<name> sets `field` of the tree."""

    name: str
    field: str
    help: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "HOST", "gateway.host", "Address that HTTP listens on. Loopback only until there is authentication."
    ),
    Setting("PORT", "gateway.port", "Port of HTTP and WebSocket; 0 picks a free one."),
    Setting("DASHBOARD", "gateway.dashboard", "false: the API alone, no page."),
    Setting("LOG_LEVEL", "log_level", "debug, info, warning or error."),
    Setting("STATE", "server.state", "Directory of a stack: streams, database, logs, addresses."),
    Setting("NATS_URL", "nats.url", "A NATS server that runs already; without it, `revo up` starts its own."),
    Setting("NATS_PORT", "server.port", "Port of our own NATS server; 0 picks a free one."),
    Setting("NATS_MONITOR_PORT", "server.monitor_port", "Its HTTP monitoring port; 0 picks a free one."),
    Setting("NATS_USER", "nats.user", "NATS user; empty where the server asks for none."),
    Setting("NATS_PASSWORD", "nats.password", "NATS password."),
    Setting("REPLICAS", "nats.replicas", "Copies of each stream; 3 on a cluster."),
    Setting(
        "DURABILITY",
        "server.durability",
        "power: on disk before it is acknowledged; process: within a second.",
    ),
    Setting(
        "MAX_STORE", "server.max_store", "Bytes of all streams together; 80 % of the free disk, at most 8 GB."
    ),
    Setting("PROCESSES", "processes", "Worker processes on this host."),
    Setting(
        "POOL_LEAST",
        "pool.least",
        "Worker processes for a queue that a parallel job fills, the standing ones included.",
    ),
    Setting("POOL_MOST", "pool.most", "At most so many of them; up to PROCESSES there is no pool."),
    Setting("SLOTS", "worker.slots", "Tasks that one worker process runs at once."),
    Setting("TARGETS", "worker.targets", "Modules that hold functions, separated by commas."),
    Setting("ONLY", "worker.only", "Queues or functions to run, separated by commas; all where empty."),
    Setting("ROOTS", "worker.roots", "Directories that functions may read below, separated by colons."),
    Setting(
        "ADVISORIES",
        "worker.advisories",
        "Known vulnerabilities: the file or directory of an OSV dump of PyPI; none are looked for without.",
    ),
    Setting(
        "EMBEDDING",
        "worker.memory.embedding",
        "How memories are found by meaning: auto, none, or the directory of a sentence model.",
    ),
    Setting("MEMORIES", "worker.memory.most", "Memories that one namespace may hold; more are refused."),
    Setting(
        "BROWSER_ALLOW",
        "worker.browse",
        "Hosts that the browser may reach, *.host for all below; all where empty.",
    ),
    Setting(
        "BROWSER_ALLOW_PRIVATE",
        "worker.browse_private",
        "Private places that it may reach, as host:port or network, separated by commas.",
    ),
    Setting(
        "DEPLOY", "worker.deploy", "Directory that deploy.release may put releases below; refused without."
    ),
    Setting("DRAIN", "worker.drain", "Seconds that running tasks get to end when a worker stops."),
    Setting(
        "KEEP_TASKS",
        "analytics.keep_tasks",
        "Days that finished tasks stay in DuckDB; then in Parquet alone.",
    ),
    Setting("KEEP_EVENTS", "analytics.keep_events", "The same, of what tasks told while they ran."),
    Setting("KEEP_METRICS", "analytics.keep_metrics", "The same, of measurements."),
    Setting(
        "KEEP_ROWS", "analytics.most_rows", "Rows of one table of analytics at most; the oldest days go."
    ),
    Setting("EXPORT_EVERY", "analytics.export_every", "Seconds between two exports to Parquet."),
    Setting(
        "MODELS",
        "models.file",
        "File of the language models; else models.toml in the state or current directory.",
    ),
    Setting("MODEL_URL", "models.url", "One endpoint without a file: its address up to and with /v1."),
    Setting("MODEL_NAME", "models.name", "The model to ask there."),
    Setting("MODEL_KEY_ENV", "models.key_env", "Name of the environment variable with its key."),
    Setting("MODEL_EMBEDDINGS", "models.embeddings", "The model for embeddings there."),
    Setting(
        "MODELS_LOCAL_SHARE",
        "models.local_share",
        "0 to 1: of the last 100 answers of a worker so many are to be local; else no other model is asked.",
    ),
    Setting("MODELS_LOCAL_ONLY", "models.local_only", "true: never ask a model that is not local."),
    Setting("ALERT_THRESHOLDS_CPU", "analytics.alerts.cpu", "Percent of CPU use from which an alert rings."),
    Setting("ALERT_THRESHOLDS_MEMORY", "analytics.alerts.memory", "The same of memory."),
    Setting("ALERT_THRESHOLDS_DISK", "analytics.alerts.disk", "The same of the disk with the state."),
)
"""In the order of the reference."""

BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
BARE = ("ALERT_THRESHOLDS_CPU", "ALERT_THRESHOLDS_MEMORY", "ALERT_THRESHOLDS_DISK")
"""Settings that are heard without the prefix too; the one with it goes first."""


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
            **given.get("analytics", {}), alerts=AlertSettings(**given.get("analytics.alerts", {}))
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


def _named(nats: NatsSettings, part: str) -> NatsSettings:
    return msgspec.structs.replace(nats, name=f"revo-{part}")


def _nearest(variable: str) -> str:
    close = difflib.get_close_matches(variable, BY_VARIABLE, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""
