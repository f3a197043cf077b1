"""Our own system as services: one gateway, one analytics, and workers that grow with what waits."""

from functions.agents.delivery.service import Probe, Resources, Scaling, Service

GATEWAY_PORT = 12000
NATS = "nats://nats:4222"
QUEUES: dict[str, tuple[str, ...]] = {
    "engines": ("perfect_recall", "parallel_mind"),
    "readers": ("security", "architecture_advisor", "documentation"),
    "runners": ("performance_optimizer", "deploy"),
    "browser": ("browser",),
}
"""Workers by what they need: the last ones a sandbox, memory, or the world."""
_SEES_NATS = Probe(
    command=["python", "-c", "import socket; socket.create_connection(('nats', 4222), 4)"],
    period=30,
    restarts=False,
)
"""A worker that hangs ends itself, and one without NATS waits for it: neither is helped by a new start."""


def services(image: str, version: str, least: int) -> list[Service]:
    """The parts of the system, each as a service."""
    env = {"REVOAGENT_NATS_URL": NATS, "REVOAGENT_STATE": "/state"}
    parts = [
        Service(
            name="revo-gateway", version=version, image=image, command=["revo", "gateway"],
            env={**env, "REVOAGENT_HOST": "0.0.0.0", "REVOAGENT_PORT": str(GATEWAY_PORT)},  # noqa: S104
            replicas=max(2, least), port=GATEWAY_PORT, probe=Probe(path="/readyz"), reaches=[4222],
            writes=["/state"],
        ),
        Service(
            name="revo-analytics", version=version, image=image, command=["revo", "analytics"], env=env,
            resources=Resources(cpu="500m", memory="1Gi", memory_limit="4Gi"), reaches=[4222],
            writes=["/state"], probe=_SEES_NATS,
        ),
    ]  # fmt: skip
    return parts + [_worker(name, queues, image, version, least) for name, queues in QUEUES.items()]


def _worker(name: str, queues: tuple[str, ...], image: str, version: str, least: int) -> Service:
    command = ["revo", "work", *(word for queue in queues for word in ("--only", queue))]
    return Service(
        name=f"revo-{name}", version=version, image=image, command=command,
        env={"REVOAGENT_NATS_URL": NATS, "REVOAGENT_STATE": "/state"},
        scaling=Scaling(list(queues), least=least, most=20), reaches=[4222], outside=name == "browser",
        resources=Resources(cpu="500m", memory="512Mi", cpu_limit="2", memory_limit="4Gi"),
        writes=["/state"], grace=60, probe=_SEES_NATS,
    )  # fmt: skip


NOTES: tuple[str, ...] = (
    "nats is not among these files: install its Helm chart with JetStream on, as `nats` in this namespace",
    "the gateway refuses to listen beyond loopback until authentication is set up",
    "functions that run foreign code need user namespaces in their pod (gVisor, Kata, or a seccomp profile)",
    "revo-analytics reads the streams again after a restart, unless a volume is mounted at /state",
)
"""What the files cannot say."""
