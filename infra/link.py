"""A connection for commands: a server that is not there is told at once, not after some patience."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from subjects import errors
from subjects.bus import Bus
from subjects.settings import NatsSettings

LISTENS_WITHIN = 2.0
ANSWERS_WITHIN = 5.0


@contextlib.asynccontextmanager
async def linked(nats: NatsSettings) -> AsyncIterator[Bus]:
    """A connected bus; Unavailable where nobody listens at the address, or no NATS server."""
    await _listens(nats.url)
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                bus = await stack.enter_async_context(Bus.open(nats))
        except TimeoutError:
            raise errors.Unavailable(f"what listens at {nats.url} does not answer as a NATS server") from None
        yield bus


async def _listens(urls: str) -> None:
    why = ""
    for url in urls.split(","):
        try:
            place = urlsplit(url if "://" in url else f"nats://{url}")
            host, port = place.hostname or "127.0.0.1", place.port or 4222
        except ValueError as error:
            raise errors.InvalidRequest(f"{url!r} is no NATS address: {error}") from None
        try:
            async with asyncio.timeout(LISTENS_WITHIN):
                _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            # A timeout is one of them, without a number.
            why = (
                os.strerror(error.errno).lower() if error.errno else f"no answer within {LISTENS_WITHIN:g} s"
            )
            continue
        writer.close()
        return
    raise errors.Unavailable(f"no NATS server answers at {urls}: {why}")
