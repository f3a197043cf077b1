"""The HTTP side: routes, problems, OpenAPI. Opens its own connection when it starts."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from litestar import Litestar

from gateway import problems, site
from gateway.access import Access, Watch
from gateway.counters import Counters
from gateway.front import Front, known
from gateway.openapi import config
from gateway.parts import opened, version
from gateway.routes import HANDLERS
from gateway.settings import GatewaySettings
from subjects.traces import OFF, Tracer


def create_app(settings: GatewaySettings, tracer: Tracer = OFF) -> Litestar:
    """The application for any ASGI server; sockets (`/ws`) come with `gateway.serve`."""
    counters = Counters()

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened(settings, counters, tracer) as parts:
            app.state.parts = parts
            yield

    return assembled(settings, Watch(counters, settings.slow, tracer), lifespan)


def assembled(
    settings: GatewaySettings,
    watch: Watch,
    *lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
) -> Litestar:
    """The application without a start of its own: who calls this sets `state.parts`."""
    app = Litestar(
        route_handlers=HANDLERS,
        lifespan=lifespan,
        exception_handlers=problems.HANDLERS,
        request_max_body_size=settings.max_body,
        openapi_config=config(version()),
        logging_config=None,
    )
    page = site.opened() if settings.dashboard else None
    front = Front(app.asgi_handler, known(app), page, "not built" if settings.dashboard else "switched off")
    app.state.front = front
    # Outside of everything, so that unknown paths and broken requests are counted too.
    app.asgi_handler = Access(front, watch)
    return app
