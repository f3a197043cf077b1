"""The HTTP contestants: our gateway, and a bare Litestar handler that validates and publishes."""

import asyncio
import contextlib
import socket
import uuid
from collections.abc import AsyncIterator
from typing import Literal

import msgspec
import nats
import uvicorn
from litestar import Litestar, Request, post
from msgspec import Raw, Struct

from gateway import serve
from gateway.settings import GatewaySettings
from subjects.settings import NatsSettings
from tests.bench.role import Given, Line

QUEUE = "bareweb"


class Ask(Struct, forbid_unknown_fields=True):
    """What is posted."""

    function: str
    input: Raw
    priority: Literal["critical", "high", "medium", "low"] = "medium"


class Answer(Struct):
    """What is answered."""

    id: str
    state: str


_asks = msgspec.json.Decoder(Ask)


@post("/api/tasks", status_code=202)
async def submit(request: Request) -> Answer:  # type: ignore[type-arg]
    """Validates, publishes, waits for the word that it is stored."""
    data = _asks.decode(await request.body())
    _, _, function = data.function.partition(".")
    id = str(uuid.uuid4())
    await request.app.state.js.publish(f"task.{QUEUE}.{data.priority}.{function}.{id}", bytes(data.input))
    return Answer(id, "queued")


async def bare(given: Given, line: Line) -> None:
    """The bare handler, served as our gateway is."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        connection = await nats.connect(given["url"])
        app.state.js = connection.jetstream()
        yield
        await connection.close()

    app = Litestar([submit], lifespan=[lifespan], openapi_config=None, logging_config=None)
    with socket.create_server(("127.0.0.1", 0), backlog=serve.BACKLOG) as listener:
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=serve.BACKLOG,
            timeout_keep_alive=75,
        )
        server = uvicorn.Server(config)
        work = asyncio.create_task(server.serve(sockets=[listener]))
        line.say(port=listener.getsockname()[1])
        async for _ in line.asked():
            pass
        server.should_exit = True
        await work


async def ours(given: Given, line: Line) -> None:
    """Our gateway, as `revo up` runs it."""
    stop = asyncio.Event()
    settings = GatewaySettings(nats=NatsSettings(url=given["url"]), port=0, monitor_url=given["monitor"])

    def ready(url: str) -> None:
        line.say(port=int(url.rpartition(":")[2]))

    work = asyncio.create_task(serve.run(settings, ready, stop))
    listen = asyncio.create_task(_silence(line))
    await asyncio.wait({work, listen}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await work


async def _silence(line: Line) -> None:
    async for _ in line.asked():
        pass
