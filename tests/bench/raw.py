"""The baseline on the raw protocol, no client library: how far server and Python can go on this machine."""

import asyncio
import json
import secrets
import time

from tests.bench.bare import AT_ONCE, RESULT, lane, task_subject
from tests.bench.handlers import PAYLOAD
from tests.bench.role import Given, Line
from tests.bench.wire import Wire

QUEUE = "raw"
HEADERS = b"NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n"
NEXT = b"$JS.API.CONSUMER.MSG.NEXT.TASKS.%b_medium" % QUEUE.encode()
_TASK = len(task_subject(QUEUE, ""))


async def worker(given: Given, line: Line) -> None:
    """As many results on their way as there are slots, the rest in a row."""
    wire = await Wire.connect(given["url"])
    created: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    wire.subscribe(b"_INBOX.made", lambda _s, _r, _h, data: created.set_result(data))
    body = json.dumps({"stream_name": "TASKS", "config": lane(QUEUE), "action": ""}).encode()
    subject = f"$JS.API.CONSUMER.CREATE.TASKS.{QUEUE}_medium.task.{QUEUE}.medium.>"
    wire.publish(subject.encode(), body, b"_INBOX.made")
    answer = json.loads(await created)
    assert "error" not in answer, answer
    _Worker(wire, given["slots"])
    line.say()
    async for _ in line.asked():
        pass
    wire.close()


class _Worker:
    def __init__(self, wire: Wire, slots: int) -> None:
        self._wire = wire
        self._slots = slots
        self._owed = 0
        self._held: list[tuple[bytes, bytes]] = []
        self._running: dict[bytes, bytes] = {}
        self._number = 0
        self._inbox = b"_INBOX." + secrets.token_hex(8).encode()
        wire.subscribe(self._inbox + b".p", self._on_task)
        wire.subscribe(self._inbox + b".r.*", self._on_stored)
        self._pull()

    def _on_task(self, subject: bytes, reply: bytes, headers: bytes, data: bytes) -> None:
        if reply:
            self._owed -= 1
            self._held.append((subject[_TASK:], reply))
            self._start()
        else:
            self._owed = 0
        self._pull()

    def _on_stored(self, subject: bytes, reply: bytes, headers: bytes, data: bytes) -> None:
        assert b'"error"' not in data, data
        self._wire.publish(self._running.pop(subject.rpartition(b".")[2]), b"+ACK")
        self._start()
        self._pull()

    def _start(self) -> None:
        while self._held and len(self._running) < self._slots:
            id, ack = self._held.pop(0)
            self._number += 1
            number = b"%d" % self._number
            self._running[number] = ack
            self._wire.publish(b"result.raw.noop." + id, RESULT % id, self._inbox + b".r." + number, HEADERS)

    def _pull(self) -> None:
        want = self._slots - self._owed - len(self._held)
        if want * 2 >= self._slots:
            self._owed += want
            self._wire.publish(NEXT, b'{"batch":%d,"expires":30000000000}' % want, self._inbox + b".p")


async def submitter(given: Given, line: Line) -> None:
    """Publishes tasks, a bounded number on their way."""
    wire = await Wire.connect(given["url"])
    source = _Source(wire)
    line.say()
    async for asked in line.asked():
        if asked["do"] == "submit":
            began = time.monotonic()
            await source.submit(asked["count"])
            line.say(began=began, ended=time.monotonic())
        else:
            line.say(seconds=await source.latency(asked["count"]))
    wire.close()


class _Source:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._inbox = b"_INBOX." + secrets.token_hex(8).encode()
        self._left = self._open = 0
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._result: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._prefix = b""
        wire.subscribe(self._inbox, self._on_stored)

    async def submit(self, count: int) -> None:
        """All of them are stored when this returns."""
        self._prefix = secrets.token_hex(8).encode()
        self._done = asyncio.get_running_loop().create_future()
        self._left, self._open = count, 0
        for _ in range(min(AT_ONCE, count)):
            self._publish()
        await self._done

    async def latency(self, count: int) -> list[float]:
        """Seconds from publish to result, one after the other."""
        self._wire.subscribe(b"live.result.raw.noop.*", self._on_result)
        found = []
        for _ in range(count):
            self._result = asyncio.get_running_loop().create_future()
            began = time.monotonic()
            await self.submit(1)
            await self._result
            found.append(time.monotonic() - began)
        return found

    def _publish(self) -> None:
        self._left -= 1
        self._open += 1
        id = b"%b-%d" % (self._prefix, self._left)
        self._wire.publish(b"task.raw.medium.noop." + id, PAYLOAD, self._inbox)

    def _on_stored(self, subject: bytes, reply: bytes, headers: bytes, data: bytes) -> None:
        assert b'"error"' not in data, data
        self._open -= 1
        if self._left:
            self._publish()
        elif not self._open:
            self._done.set_result(None)

    def _on_result(self, subject: bytes, reply: bytes, headers: bytes, data: bytes) -> None:
        if not self._result.done():
            self._result.set_result(None)
