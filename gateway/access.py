"""One log line and one count for each request."""

import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway.counters import Counters

log = structlog.get_logger()


class Access:
    """Wraps an ASGI application: each request at debug, slow ones at info, all counted by route template."""

    def __init__(self, app: ASGIApp, counters: Counters, slow: float) -> None:
        self._app = app
        self._counters = counters
        self._slow = slow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500
        streaming = False

        async def watched(message: Message) -> None:
            nonlocal status, streaming
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and message.get("more_body"):
                streaming = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            took = time.perf_counter() - begun
            route = str(scope.get("path_template") or "none")
            self._counters.request(scope["method"], route, status, took)
            # A stream or a wait is long because it was asked to be.
            slow = took > self._slow and not streaming and b"wait=" not in scope.get("query_string", b"")
            (log.info if slow else log.debug)(
                "request answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                seconds=round(took, 4),
            )
