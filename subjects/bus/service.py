"""Functions as NATS micro services: `nats micro ls`, `info`, `stats` and `ping` show them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import nats.micro
from msgspec import Struct
from nats.micro.request import Request
from nats.micro.service import EndpointConfig, ServiceConfig
from nats.micro.service import Service as Micro

from subjects import errors
from subjects.bus.connection import Bus

SUBJECT = "Revo-Subject"
"""A header that every request has: the subject it came on, for an endpoint with a wildcard in its own."""


class Endpoint(Struct, frozen=True):
    """One callable name: `answer` turns a JSON input into a JSON output or raises an error of the table."""

    name: str
    subject: str
    answer: Callable[[bytes, dict[str, str]], Awaitable[bytes]]
    metadata: dict[str, str] = {}


class Service(Struct, frozen=True):
    """A named group of endpoints that all its instances share."""

    name: str
    description: str
    endpoints: Sequence[Endpoint]
    spawn: Callable[[Awaitable[None]], None]
    version: str = "1.0.0"


@contextlib.asynccontextmanager
async def serve(bus: Bus, service: Service) -> AsyncIterator[None]:
    """Answer for as long as the context is open."""
    micro = await nats.micro.add_service(
        bus.nats,
        ServiceConfig(
            name=service.name, version=service.version, description=service.description, queue_group="q"
        ),
    )
    for endpoint in service.endpoints:
        await micro.add_endpoint(
            EndpointConfig(
                name=endpoint.name,
                subject=endpoint.subject,
                handler=_handler(endpoint, service.spawn),
                metadata=endpoint.metadata,
            )
        )
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            await _drain(micro)
            await micro.stop()


async def _drain(micro: Micro) -> None:
    """Let what has been asked by now be answered: a stop alone drops requests that are on their way."""
    # nats-py has no word for it.
    endpoints, micro._endpoints = micro._endpoints, []  # noqa: SLF001
    asked = [endpoint._subscription for endpoint in endpoints]  # noqa: SLF001
    await asyncio.gather(*(subscription.drain() for subscription in asked if subscription is not None))


def _handler(
    endpoint: Endpoint, spawn: Callable[[Awaitable[None]], None]
) -> Callable[[Request], Awaitable[None]]:
    async def respond(request: Request) -> None:
        try:
            headers = {**(request.headers or {}), SUBJECT: request.subject}
            answer = await endpoint.answer(request.data, headers)
        except errors.RevoError as error:
            await request.respond_error(str(error.status), f"{error.code}: {error.message}", b"")
        else:
            await request.respond(answer)

    async def handle(request: Request) -> None:
        # An endpoint handles its requests one after the other: hand over, or one slow call blocks the rest.
        spawn(respond(request))

    return handle
