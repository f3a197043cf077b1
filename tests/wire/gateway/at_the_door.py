"""A place before a gateway that lets requests through and no WebSocket, as some proxies do."""

import asyncio
import contextlib

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


@contextlib.asynccontextmanager
async def blocked(port):
    """The address of the place; `port` is where requests go on to."""
    visits = set()

    async def accept(reader, writer):
        visits.add(asyncio.current_task())
        try:
            await through(reader, writer)
        finally:
            writer.transport.abort()

    async def through(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower():
                writer.write(REFUSAL)
                await writer.drain()
            else:
                far, back = await asyncio.open_connection("127.0.0.1", port)
                back.write(head)
                try:
                    await both(pump(reader, back), pump(far, writer))
                finally:
                    back.transport.abort()

    async def both(*ways):
        pumps = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in pumps:
                each.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as before:
        yield f"http://127.0.0.1:{before.sockets[0].getsockname()[1]}"
        for each in visits:
            each.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
