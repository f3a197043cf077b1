"""Serves the gateway on one port: HTTP by uvicorn and Litestar, sockets by picows."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

import structlog
import uvicorn
from litestar import Litestar
from uvicorn.lifespan.off import LifespanOff

from gateway.access import Watch
from gateway.app import assembled
from gateway.counters import Counters
from gateway.guard import Guard
from gateway.heads import BoundedHeads
from gateway.parts import Parts, opened
from gateway.settings import GatewaySettings
from gateway.sockets import Upgrades
from subjects import errors
from subjects.traces import OFF, Tracer

log = structlog.get_logger()

BACKLOG = 4096


async def run(
    settings: GatewaySettings,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event | None = None,
    tracer: Tracer = OFF,
) -> None:
    """Serve until `stop` is set; `ready` is called with the address once it answers."""
    async with serving(settings, tracer) as served:
        if ready is not None:
            ready(served.url)
        await (stop or asyncio.Event()).wait()


class Served(NamedTuple):
    """A gateway that answers at `url`."""

    url: str
    parts: Parts


@contextlib.asynccontextmanager
async def serving(settings: GatewaySettings, tracer: Tracer = OFF) -> AsyncIterator[Served]:
    """Answers for as long as the context is open.

    Forbidden for an address that others can reach, Unavailable where the port is taken or NATS does not
    answer.
    """
    check_bind(settings.host)
    counters = Counters()
    app = assembled(settings, Watch(counters, settings.slow, tracer))
    # Not by the application's own lifespan: it wraps what goes wrong at the start into groups.
    with _listening(settings) as listener:
        async with (
            opened(settings, counters, tracer) as parts,
            _answering(app, parts, listener) as url,
        ):
            log.info("gateway is ready", url=url)
            try:
                yield Served(url, parts)
            finally:
                log.info("gateway stops", listeners=parts.fanout.gauges()["clients"])
                parts.stopping.set()


def check_bind(host: str) -> None:
    """Nothing for loopback; Forbidden for anything else.

    >>> check_bind("127.0.0.1")
    >>> check_bind("0.0.0.0")
    Traceback (most recent call last):
        ...
    subjects.errors.Forbidden: the gateway listens on loopback only: authentication does not exist yet, and 0.0.0.0 can be reached by others
    """  # noqa: E501
    if host == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise errors.Forbidden(
        "the gateway listens on loopback only: authentication does not exist yet, "
        f"and {host or 'every address'} can be reached by others"
    )


@contextlib.contextmanager
def _listening(settings: GatewaySettings) -> Iterator[socket.socket]:
    """The bound port; Unavailable where it is taken."""
    host = "127.0.0.1" if settings.host == "localhost" else settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio turns Nagle's delay off only where the socket says so, and an answer in two writes
    # then waits 40 ms for the client's acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        try:
            listener.bind((host, settings.port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise errors.Unavailable(
                f"port {settings.port} of {host} cannot be had: {error.strerror}"
            ) from error
        yield listener


@contextlib.asynccontextmanager
async def _answering(app: Litestar, parts: Parts, listener: socket.socket) -> AsyncIterator[str]:
    app.state.parts = parts
    settings = parts.settings
    upgrades = Upgrades(parts)
    config = uvicorn.Config(
        Guard(app),
        http=type("Heads", (BoundedHeads,), {"most": settings.max_header}),
        ws=upgrades.protocol,  # type: ignore[arg-type]
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing is in front of loopback that could say who asks.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(settings.drain)),
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = LifespanOff(config)
    # Not `serve`: signals belong to the process that runs us, and it may run more than a gateway.
    await server.startup(sockets=[listener])
    clock = asyncio.create_task(_tick(server), name="http-clock")
    host, port = listener.getsockname()[:2]
    try:
        async with upgrades.running():
            yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        clock.cancel()
        await asyncio.gather(clock, return_exceptions=True)
        await server.shutdown(sockets=[listener])


async def _tick(server: uvicorn.Server) -> None:
    """What uvicorn's own main loop does each second: it renews the Date header."""
    while True:
        await server.on_tick(0)
        await asyncio.sleep(1)
