"""What is to be deployed, in words that fit every target."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from subjects import names

Target = Literal["process", "systemd", "k8s", "compose", "dockerfile", "bundle"]

Name = Annotated[str, Meta(pattern=r"^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$", description="A DNS label.")]
Version = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,100}$")]
Plain = Annotated[str, Meta(max_length=10_000, pattern=r"^[^\x00-\x1f\x7f]*$", description="One line.")]
Word = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Image = Annotated[
    str,
    Meta(
        max_length=300,
        pattern=r"^[a-z0-9]([a-z0-9._/:-]*[a-z0-9])?(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$",
    ),
]
Path = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9_./-]{0,200}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]


class Resources(Struct, frozen=True, forbid_unknown_fields=True):
    """What one copy is given, and what it may take at most. Kubernetes units."""

    cpu: Annotated[str, Meta(pattern=r"^\d+(\.\d+)?m?$")] = "250m"
    memory: Annotated[str, Meta(pattern=r"^\d+(Ki|Mi|Gi)$")] = "256Mi"
    cpu_limit: Annotated[str, Meta(pattern=r"^\d+(\.\d+)?m?$")] = "1"
    memory_limit: Annotated[str, Meta(pattern=r"^\d+(Ki|Mi|Gi)$")] = "1Gi"


class Probe(Struct, frozen=True, forbid_unknown_fields=True):
    """How to ask whether it is well: by HTTP on its port, or by a command."""

    path: Path | None = None
    command: list[Word] = []
    period: Annotated[int, Meta(ge=1, le=600, description="Seconds.")] = 10
    restarts: Annotated[bool, Meta(description="A copy that stays unwell is started anew.")] = True

    def __post_init__(self) -> None:
        if (self.path is None) == (not self.command):
            raise ValueError("give a probe either path or command")


class Secret(Struct, frozen=True, forbid_unknown_fields=True):
    """An environment variable whose value stands in a secret of the cluster."""

    variable: Variable
    secret: Name
    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class Scaling(Struct, frozen=True, forbid_unknown_fields=True):
    """Copies by what waits: KEDA adds one for each `lag` messages in a lane of the queues."""

    queues: Annotated[list[str], Meta(min_length=1, max_length=50)]
    monitor: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")] = "nats:8222"
    lag: Annotated[int, Meta(ge=1)] = 10
    least: Annotated[int, Meta(ge=0)] = 1
    most: Annotated[int, Meta(ge=1, le=1000)] = 10

    def __post_init__(self) -> None:
        for queue in self.queues:
            if not names.is_token(queue):
                raise ValueError(f"{queue!r} is no queue")
        if self.least > self.most:
            raise ValueError("a scaling has its least above its most")


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program that is to run, in as many copies as are wanted."""

    name: Name
    version: Version
    command: Annotated[list[Word], Meta(min_length=1, max_length=200)]
    image: Image | None = None
    env: dict[Variable, Plain] = {}
    secrets: list[Secret] = []
    replicas: Annotated[int, Meta(ge=0, le=1000)] = 1
    port: Port | None = None
    probe: Probe | None = None
    resources: Resources = Resources()
    scaling: Scaling | None = None
    reaches: Annotated[list[Port], Meta(description="Ports that it connects to in the cluster.")] = []
    outside: Annotated[bool, Meta(description="It may connect to the world by 80 and 443.")] = False
    writes: Annotated[
        list[Path], Meta(description="Directories that it writes to; empty at each start.")
    ] = []
    grace: Annotated[int, Meta(ge=1, le=3600, description="Seconds to end in.")] = 30

    def __post_init__(self) -> None:
        if self.probe is not None and self.probe.path is not None and self.port is None:
            raise ValueError("a probe by path needs a port")


class File(Struct, frozen=True):
    """A file that was made."""

    path: str
    text: str
