"""The fixtures that users get, also where the project is not installed."""

from infra.pytest_plugin import bus, client, nats_server

__all__ = ["bus", "client", "nats_server"]
