"""WebSocket fan-out: our gateway, a bare picows server, a bare ASGI server on uvicorn; a process for each.

`python -m tests.bench.sockets [SOCKETS [RATE [SECONDS]]]` prints one JSON line for each contestant.

All three hear the same NATS messages and send each of them to every socket. The bare ones send the payload
as it came: no channels, no sequences, no resume, no bound.
"""

import asyncio
import contextlib
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import nats
import psutil
import uvicorn
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server

from subjects.bus import Bus
from subjects.settings import NatsSettings
from tests.bench.children import Child, child, place, server
from tests.bench.figures import percentile
from tests.bench.role import Given, Line

LIVE = "live.event.bench.fan.*.progress"
SUBJECT = "event.bench.fan.{id}.progress"
PAD = "x" * 230
FIRST = 1_000_000_000
EPOCH = 1_000_000_000_000_000_000
AT_ONCE = 100
"""Sockets that connect at the same time."""
SETTLE = 1.0

CONTESTANTS = {
    "ours": "tests.bench.web:ours",
    "picows": "tests.bench.sockets:bare_picows",
    "uvicorn": "tests.bench.sockets:bare_uvicorn",
}


async def measure(sockets: int, rate: int, seconds: float) -> dict[str, dict[str, float]]:
    """For each contestant: delivery (p50, p99), frames lost, seconds to connect, KB a socket, CPU share."""
    found = {}
    with place() as state:
        async with server(state, "process") as started:
            for name, target in CONTESTANTS.items():
                given = {"url": started.facts["url"], "monitor": started.facts["monitor"]}
                async with child(state, target, **given) as door:
                    found[name] = await _one(state, started.facts["url"], door, sockets, rate, seconds)
    return found


async def _one(
    state: Path, url: str, door: Child, sockets: int, rate: int, seconds: float
) -> dict[str, float]:
    async with child(state, "tests.bench.sockets:clients", port=door.facts["port"], sockets=sockets) as crowd:
        process = psutil.Process(door.pid)
        before = process.memory_info().rss
        connected = await crowd.ask("connect")
        rss = process.memory_info().rss
        used, began = door.used(), time.monotonic()
        total = await _publish(url, rate, seconds)
        took = time.monotonic() - began
        cpu = (door.used() - used) / took
        heard = await crowd.ask("report", total=total)
        return {
            "p50_ms": round(heard["p50"], 2),
            "p99_ms": round(heard["p99"], 2),
            "frames": heard["frames"],
            "lost": total * sockets - heard["frames"],
            "out_of_order": heard["disorder"],
            "connect_s": round(connected["took"], 2),
            "kb_per_socket": round((rss - before) / sockets / 1024, 1),
            "cpu": round(cpu, 3),
        }


async def _publish(url: str, rate: int, seconds: float) -> int:
    total = int(rate * seconds)
    async with Bus.open(NatsSettings(url=url, name="bench")) as bus:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(total):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            # Both numbers have a fixed width, and no leading zeros: that would be no JSON.
            stamp = EPOCH + time.monotonic_ns()
            body = b'{"n":%d,"t":%d,"pad":"%b"}' % (FIRST + number, stamp, PAD.encode())
            await bus.store(SUBJECT.format(id=number % 10), body)
    return total


# Roles: what runs in the measured processes.


class _Hearer(WSListener):  # type: ignore[misc]
    """One client socket: when each frame came, and whether one was missing."""

    def __init__(self, delays: list[float]) -> None:
        super().__init__()
        self.frames = 0
        self.disorder = 0
        self._delays = delays
        self._next = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, b'{"type":"subscribe","id":1,"payload":{"channel":"task_progress"}}')

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = time.monotonic_ns()
        data = frame.get_payload_as_bytes()
        place = data.find(b'{"n":')
        if place < 0:
            return
        number = int(data[place + 5 : place + 15])
        self.disorder += number != FIRST + self._next
        self._next = number - FIRST + 1
        self.frames += 1
        self._delays.append((now - int(data[place + 20 : place + 39]) + EPOCH) / 1e9)


async def clients(given: Given, line: Line) -> None:
    """The crowd: all client sockets of one run."""
    delays: list[float] = []
    hearers: list[_Hearer] = []
    line.say(ready=True)
    async for said in line.asked():
        if said["do"] == "connect":
            began = time.monotonic()
            for start in range(0, given["sockets"], AT_ONCE):
                numbers = range(start, min(start + AT_ONCE, given["sockets"]))
                opened = await asyncio.gather(
                    *(_connect(given["port"], number, delays) for number in numbers)
                )
                hearers += opened
            took = time.monotonic() - began
            await asyncio.sleep(SETTLE)
            line.say(took=took)
        else:
            await _until_quiet(hearers, said["total"] * len(hearers))
            ordered = sorted(delays)
            line.say(
                frames=sum(hearer.frames for hearer in hearers),
                disorder=sum(hearer.disorder for hearer in hearers),
                p50=percentile(ordered, 50) * 1000 if ordered else -1.0,
                p99=percentile(ordered, 99) * 1000 if ordered else -1.0,
            )


async def _connect(port: int, number: int, delays: list[float]) -> _Hearer:
    url = f"ws://127.0.0.1:{port}/ws/bench-{number}"
    _, hearer = await ws_connect(lambda: _Hearer(delays), url, websocket_handshake_timeout=60)
    assert isinstance(hearer, _Hearer)
    return hearer


async def _until_quiet(hearers: list[_Hearer], wanted: int) -> None:
    """Until all frames are there, or none came for two seconds."""
    seen, since = -1, time.monotonic()
    while (frames := sum(hearer.frames for hearer in hearers)) < wanted and time.monotonic() - since < 2:
        if frames != seen:
            seen, since = frames, time.monotonic()
        await asyncio.sleep(0.05)


class _Bare(WSListener):  # type: ignore[misc]
    def __init__(self, crowd: set[WSTransport]) -> None:
        super().__init__()
        self._crowd = crowd

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._crowd.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._crowd.discard(transport)


async def bare_picows(given: Given, line: Line) -> None:
    """Sends what it hears to all; nothing else."""
    crowd: set[WSTransport] = set()

    async def told(message: Any) -> None:
        for transport in crowd:
            transport.send(WSMsgType.TEXT, message.data)

    listening = await ws_create_server(
        lambda _: _Bare(crowd), "127.0.0.1", 0, backlog=4096, use_aiofastnet=False
    )
    await _bare(given, line, told, listening.sockets[0].getsockname()[1])
    listening.close()


async def bare_uvicorn(given: Given, line: Line) -> None:
    """The same as an ASGI application, on uvicorn with websockets-sansio."""
    crowd: set[Any] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        crowd.add(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            crowd.discard(send)

    async def told(message: Any) -> None:
        frame = {"type": "websocket.send", "text": message.data.decode()}
        for send in list(crowd):
            with contextlib.suppress(Exception):
                await send(frame)

    config = uvicorn.Config(
        app,
        port=0,
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        backlog=4096,
        ws_per_message_deflate=False,
    )
    running = uvicorn.Server(config)
    work = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 - uvicorn tells it by a flag only
        await asyncio.sleep(0.01)
    await _bare(given, line, told, running.servers[0].sockets[0].getsockname()[1])
    running.should_exit = running.force_exit = True
    await work


async def _bare(given: Given, line: Line, told: Any, port: int) -> None:
    connection = await nats.connect(given["url"])
    await connection.subscribe(LIVE, cb=told)
    line.say(port=port)
    async for _ in line.asked():
        pass
    await connection.close()


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]] + [1000, 10, 10][len(sys.argv) - 1 :]
    for name, row in uvloop.run(measure(*numbers)).items():
        print(name, msgspec.json.encode(row).decode())
