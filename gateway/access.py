"""One log line, one count and, where it is traced, one span for each request."""

import time
from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct
from structlog.contextvars import bound_contextvars

from gateway.counters import Counters
from subjects import traces
from subjects.traces import OFF, Span, Tracer, Work

log = structlog.get_logger()

QUIET = frozenset(("/health", "/livez", "/metrics", "/readyz"))
"""Asked every few seconds by machines: no traces of their own."""


class Watch(Struct, frozen=True):
    """Who hears of requests. `slow`: seconds from which on one is logged at info."""

    counters: Counters
    slow: float
    tracer: Tracer = OFF


class Access:
    """Wraps an ASGI application: each request at debug, slow ones at info, all counted by route template.

    Lines that are written while a request is answered carry its trace.
    """

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self._app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        parent = traces.valid(_header(scope, b"traceparent"))
        tracer = OFF if scope["path"] in QUIET and parent is None else self._watch.tracer
        with tracer.span(_work(scope) if tracer.on else traces.NOTHING, parent) as span:
            if span.traceparent is None:
                await self._answered(scope, receive, send, span)
                return
            cast("MutableMapping[str, Any]", scope)[traces.HEADER] = span.traceparent
            with bound_contextvars(trace=traces.trace_id(span.traceparent)):
                await self._answered(scope, receive, send, span)

    async def _answered(self, scope: HTTPScope, receive: Receive, send: Send, span: Span) -> None:
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
            self._watch.counters.request(scope["method"], route, status, took)
            if self._watch.tracer.on:
                _told(span, f"{scope['method']} {route}", route, status)
            # A stream or a wait is long because it was asked to be.
            asked = streaming or b"wait=" in scope.get("query_string", b"")
            slow = took > self._watch.slow and not asked
            (log.info if slow else log.debug)(
                "request answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                seconds=round(took, 4),
            )


def _header(scope: HTTPScope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def _work(scope: HTTPScope) -> Work:
    told = {"http.request.method": scope["method"], "url.path": scope["path"], "url.scheme": scope["scheme"]}
    return Work(scope["method"], "server", told)


def _told(span: Span, name: str, route: str, status: int) -> None:
    span.rename(name)
    span.note({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.fail(str(status))
