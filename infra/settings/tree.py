"""Everything that can be set, as one value that is handed down in parts."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from analytics.settings import AnalyticsSettings
from functions.engines.scaling import Bounds
from functions.settings import WorkerSettings
from gateway.settings import GatewaySettings
from infra.models import ModelSource
from infra.server import ServerSettings
from subjects.settings import NatsSettings

LogLevel = Literal["debug", "info", "warning", "error"]


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
    faults: bool | None = None

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

    def with_faults(self, *, here: bool) -> "Settings":
        """The same, and it is decided whether faults are made on request: by default on a stack `here`."""
        allowed = (here and not self.outside) if self.faults is None else self.faults
        gateway = msgspec.structs.replace(self.gateway, faults=allowed)
        return msgspec.structs.replace(self, faults=allowed, gateway=gateway)


def _named(nats: NatsSettings, part: str) -> NatsSettings:
    return msgspec.structs.replace(nats, name=f"revo-{part}")
