"""What the gate to the web costs: a connection, and bytes, beside the same without it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from functions.adapters.egress import LocalEgress
from functions.ports import Bounds, Gate, Ways
from tests.bench.children import place
from tests.bench.figures import Goal, Row, Scale, sample

BLOCK = bytes(1 << 20)


async def run(scale: Scale) -> list[Row]:
    """Milliseconds for a connection and an answer; MB a second of a long one."""
    short: dict[str, list[float]] = {"gate": [], "direct": []}
    long: dict[str, list[float]] = {"gate": [], "direct": []}
    count, blocks = scale.of(200, 50), scale.of(200, 40)
    with place() as state:
        async with _server() as port:
            where = f"127.0.0.1:{port}"
            bounds = Bounds(most_bytes=1 << 40, most_connections=1 << 30)
            async with LocalEgress(Ways(private=(where,))).opened(state, bounds) as gate:
                for _, name in scale.rounds(scale.of(7, 3), list(short)):
                    way = gate if name == "gate" else None
                    begun = time.perf_counter()
                    for _ in range(count):
                        await _asked(way, port, 0)
                    short[name].append((time.perf_counter() - begun) / count * 1000)
                    begun = time.perf_counter()
                    await _asked(way, port, blocks)
                    long[name].append(blocks / (time.perf_counter() - begun))
    return [
        Row("egress", "connect and be answered through the gate", "ms", sample(short["gate"]),
            "directly", sample(short["direct"]), Goal("ratio", "at most", 5.0)),
        Row("egress", "bytes through the gate", "MB/s", sample(long["gate"]),
            "directly", sample(long["direct"]), Goal("ratio", "at least", 0.2)),
    ]  # fmt: skip


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[int]:
    """Answers with as many blocks as the first line says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        blocks = int(await reader.readline())
        for _ in range(blocks):
            writer.write(BLOCK)
            await writer.drain()
        writer.write(b"done\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _asked(gate: Gate | None, port: int, blocks: int) -> None:
    """One connection, to its end."""
    if gate is None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    else:
        reader, writer = await asyncio.open_unix_connection(Path(gate.socket))
        writer.write(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
    writer.write(f"{blocks}\n".encode())
    while await reader.read(1 << 18):
        pass
    writer.close()
