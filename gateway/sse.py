"""Server-Sent Events: how an event is written, and a stream that shows it is alive."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from litestar.response import Stream

from gateway.parts import Parts

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
OPEN = b"retry: 2000\n\n"
BEAT = b": alive\n\n"


def event(data: bytes, name: str = "", id: str = "") -> bytes:
    r"""One event, whatever line ends its data has.

    >>> event(b'{"a":\n1}', "log", "7")
    b'event: log\nid: 7\ndata: {"a":\ndata: 1}\n\n'
    """
    head = (f"event: {name}\n" if name else "") + (f"id: {id}\n" if id else "")
    return head.encode() + b"".join(b"data: %b\n" % line for line in data.splitlines() or [b""]) + b"\n"


def stream(parts: Parts, source: AsyncGenerator[bytes, None]) -> Stream:
    """An answer that goes on until `source` ends, the client goes, or the gateway stops."""
    return Stream(_alive(parts, source), media_type="text/event-stream", headers=HEADERS)


async def _alive(parts: Parts, source: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    stopping = asyncio.ensure_future(parts.stopping.wait())
    following = asyncio.ensure_future(anext(source, None))
    try:
        yield OPEN
        while True:
            await asyncio.wait(
                (following, stopping),
                timeout=parts.settings.heartbeat,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if following.done():
                data = following.result()
                if data is None:
                    return
                yield data
                following = asyncio.ensure_future(anext(source, None))
            elif stopping.done():
                return
            else:
                yield BEAT
    finally:
        stopping.cancel()
        following.cancel()
        await asyncio.gather(stopping, following, return_exceptions=True)
        await source.aclose()
