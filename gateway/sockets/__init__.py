"""WebSocket: the same tasks and channels as over HTTP, in frames."""

from gateway.sockets.upgrade import Upgrades

__all__ = ["Upgrades"]
