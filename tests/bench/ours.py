"""What is measured: our worker as `revo up` runs it, and our client."""

import asyncio
import contextlib
import time

from msgspec import Raw

from functions import service
from functions.settings import WorkerSettings
from subjects import names
from subjects.bus import Bus, Message
from subjects.client import Client
from subjects.messages import Submission
from subjects.settings import NatsSettings
from tests.bench.handlers import PAYLOAD
from tests.bench.role import Given, Line

NOOP = "bench.noop"


async def worker(given: Given, line: Line) -> None:
    """A worker process; the task of a stack's own worker part."""
    stop = asyncio.Event()
    settings = WorkerSettings(
        nats=NatsSettings(url=given["url"]),
        targets=("tests.bench.handlers",),
        slots=given["slots"],
        drain=1.0,
    )
    work = asyncio.create_task(service.run(settings, lambda name: line.say(worker=name), stop))
    listen = asyncio.create_task(_silence(line))
    await asyncio.wait({work, listen}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await work


async def submitter(given: Given, line: Line) -> None:
    """A process that submits through the Python client."""
    async with Client.connect(given["url"]) as client:
        line.say()
        async for asked in line.asked():
            match asked["do"]:
                case "submit":
                    line.say(**await _submit(client, asked))
                case "latency":
                    line.say(seconds=await _latency(client, asked["count"]))
                case "run":
                    line.say(seconds=await _run(client, asked["count"]))


def submissions(
    count: int, function: str = NOOP, priority: str = "medium", input: bytes = PAYLOAD
) -> list[Submission]:
    """As many equal tasks."""
    return [Submission(function=function, input=Raw(input), priority=priority) for _ in range(count)]


async def _submit(client: Client, asked: Given) -> Given:
    made = submissions(asked["count"])
    began = time.monotonic()
    answers = await client.submit_many(made)
    ended = time.monotonic()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return {"began": began, "ended": ended}


async def _latency(client: Client, count: int) -> list[float]:
    """Seconds from the call to the moment the stored result is heard of, one task after the other."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Message) -> None:
        heard.put_nowait(message.subject.rpartition(".")[2])

    found = []
    async with _subscribed(client.bus, hear):
        for submission in submissions(count):
            began = time.monotonic()
            accepted = await client.submit(submission)
            while await heard.get() != accepted.id:
                pass
            found.append(time.monotonic() - began)
    return found


async def _run(client: Client, count: int) -> list[float]:
    """Seconds of `client.run`: submit, then wait for the outcome and read it from the stream."""
    found = []
    for _ in range(count):
        began = time.monotonic()
        await client.run(NOOP, {"text": "x" * 180})
        found.append(time.monotonic() - began)
    return found


@contextlib.asynccontextmanager
async def _subscribed(bus: Bus, hear):  # type: ignore[no-untyped-def]
    subscription = await bus.subscribe(f"live.{names.result('bench', 'noop', 'x').removesuffix('x')}*", hear)
    await bus.nats.flush()
    yield
    await subscription.unsubscribe()


async def _silence(line: Line) -> None:
    async for _ in line.asked():
        pass
