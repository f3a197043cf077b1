"""The baseline on nats-py: the three stored operations of a task, bounded concurrency, and nothing else."""

import asyncio
import collections
import itertools
import json
import secrets
import time

import nats
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from tests.bench.bare import AT_ONCE, RESULT, RESULT_HEADERS, lane, result_subject, task_subject
from tests.bench.handlers import PAYLOAD
from tests.bench.role import Given, Line

QUEUE = "natspy"


async def worker(given: Given, line: Line) -> None:
    """Pulls, stores a result, waits for the word that it is stored, acknowledges."""
    nc = await nats.connect(given["url"])
    body = json.dumps({"stream_name": "TASKS", "config": lane(QUEUE), "action": ""}).encode()
    await nc.request(f"$JS.API.CONSUMER.CREATE.TASKS.{QUEUE}_medium.task.{QUEUE}.medium.>", body)
    work = _Worker(nc, given["slots"])
    await work.open()
    line.say()
    async for _ in line.asked():
        pass
    await nc.close()


class _Worker:
    """At most `slots` at once, as many more pulled ahead, one standing pull."""

    def __init__(self, nc: Nats, slots: int) -> None:
        self._nc = nc
        self._js = nc.jetstream()
        self._slots = slots
        self._running = 0
        self._owed = 0
        self._held: collections.deque[Msg] = collections.deque()
        self._inbox = nc.new_inbox()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        await self._nc.subscribe(self._inbox, cb=self._on_message)
        await self._pull()

    async def _on_message(self, message: Msg) -> None:
        if not message.reply:
            headers = message.headers or {}
            self._owed = max(0, self._owed - int(headers.get("Nats-Pending-Messages", self._owed)))
        else:
            self._owed -= 1
            self._held.append(message)
        self._start()
        await self._pull()

    async def _pull(self) -> None:
        want = self._slots - self._owed - len(self._held)
        if want * 2 >= self._slots:
            self._owed += want
            subject = f"$JS.API.CONSUMER.MSG.NEXT.TASKS.{QUEUE}_medium"
            await self._nc.publish(subject, b'{"batch":%d,"expires":30000000000}' % want, self._inbox)

    def _start(self) -> None:
        while self._held and self._running < self._slots:
            self._running += 1
            task = asyncio.create_task(self._run(self._held.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, message: Msg) -> None:
        id = message.subject.rpartition(".")[2]
        await self._js.publish(result_subject(QUEUE, id), RESULT % id.encode(), headers=RESULT_HEADERS)
        await self._nc.publish(message.reply, b"+ACK")
        self._running -= 1
        self._start()
        await self._pull()


async def submitter(given: Given, line: Line) -> None:
    """Publishes tasks and waits for the word that each is stored."""
    nc = await nats.connect(given["url"])
    line.say()
    async for asked in line.asked():
        if asked["do"] == "submit":
            line.say(**await _submit(nc, asked["count"]))
        else:
            line.say(seconds=await _latency(nc, asked["count"]))
    await nc.close()


async def _submit(nc: Nats, count: int) -> Given:
    js = nc.jetstream()
    prefix, numbers = secrets.token_hex(8), iter(range(count))

    async def publish() -> None:
        for number in numbers:
            await js.publish(task_subject(QUEUE, f"{prefix}-{number}"), PAYLOAD)

    began = time.monotonic()
    await asyncio.gather(*(publish() for _ in range(AT_ONCE)))
    return {"began": began, "ended": time.monotonic()}


async def _latency(nc: Nats, count: int) -> list[float]:
    js = nc.jetstream()
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Msg) -> None:
        heard.put_nowait(message.subject.rpartition(".")[2])

    subscription = await nc.subscribe(f"live.result.{QUEUE}.noop.*", cb=hear)
    await nc.flush()
    prefix, found = secrets.token_hex(8), []
    for number in itertools.islice(itertools.count(), count):
        id = f"{prefix}-{number}"
        began = time.monotonic()
        await js.publish(task_subject(QUEUE, id), PAYLOAD)
        while await heard.get() != id:
            pass
        found.append(time.monotonic() - began)
    await subscription.unsubscribe()
    return found
