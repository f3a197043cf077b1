"""The fixtures that users get, also where the project is not installed."""

from infra.pytest_plugin import bus, client, nats_server, revo_stack

__all__ = ["bus", "client", "nats_server", "revo_stack"]
