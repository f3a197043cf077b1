"""Whatever bytes, headers and subjects are published below `task.>`: the worker lives, all is settled."""

import asyncio
import contextlib
import os
import random
from pathlib import Path

import msgspec

from functions import registry, service
from functions.settings import WorkerSettings
from subjects import errors
from subjects.bus import Bus, Records
from subjects.client import Client
from subjects.messages import Result
from subjects.settings import NatsSettings
from tests.faults.parts import JOBS
from tests.faults.run import until

SEED = int(os.environ.get("FAULT_SEED", "20"))
ODD = [
    b"\x00",
    b"\xff\xfe",
    b"\xc3\x28",
    b" ",
    b"\t",
    b"\r",
    b"\x7f",
    "é".encode(),
    "\u202e".encode(),
    b":",
    b"%0d%0a",
]


class Raw:
    """A client that sends whatever it is told to, byte by byte. The server may well hang up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, url: str) -> "Raw":
        host, port = url.removeprefix("nats://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"protocol":1}\r\n')
        return cls(reader, writer)

    def publish(self, subject: bytes, payload: bytes) -> None:
        self.writer.write(b"PUB %b %d\r\n%b\r\n" % (subject, len(payload), payload))

    def publish_headers(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        self.writer.write(
            b"HPUB %b %d %d\r\n%b%b\r\n"
            % (subject, len(headers), len(headers) + len(payload), headers, payload)
        )

    async def barrier(self) -> bool:
        """Whether the server has read all of it and is still on the line."""
        self.writer.write(b"PING\r\n")
        with contextlib.suppress(ConnectionError, TimeoutError):
            await self.writer.drain()
            async with asyncio.timeout(30):
                while line := await self.reader.readline():
                    if line.startswith(b"PONG"):
                        return True
        return False

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


def headers(*lines: bytes) -> bytes:
    return b"NATS/1.0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def text(chance: random.Random, most: int) -> bytes:
    """Some letters, some of what is never expected."""
    parts = [chance.choice(ODD) if chance.random() < 0.3 else b"a" for _ in range(chance.randrange(most))]
    return b"".join(parts)


def subject(chance: random.Random) -> bytes:
    """A task subject: right, nearly right, or nonsense that is still a subject."""
    ok = [b"task", b"jobs", chance.choice([b"low", b"medium", b"high", b"critical"]), b"square"]
    match chance.randrange(6):
        case 0:
            return b".".join(ok)
        case 1:
            return b"task.jobs.square"
        case 2:
            return b".".join([*ok, b"id%d" % chance.randrange(50)])
        case 3:
            return b".".join(
                [*ok, chance.choice([b"x" * 1000, "ü".encode(), b"a" * 65, b"%00", b"a=b", b'"'])]
            )
        case 4:
            return b".".join([*ok, *([b"more"] * chance.randrange(1, 6))])
        case _:
            place = chance.randrange(1, 4)
            ok[place] = chance.choice([b"urgent", "ö".encode(), b"x" * 200, b"\xff", b"{}", b"-", b"_"])
            return b".".join(ok)


def header_block(chance: random.Random) -> bytes:
    """A header block: right, odd, or broken."""
    keys = [
        b"Nats-Msg-Id",
        b"Task-Timeout",
        b"Task-Max-Attempts",
        b"Task-Attempt",
        b"Task-Submitted",
        b"Task-Parent",
    ]
    keys += [b"traceparent", b"Task-Door", b"Task-Schedule", b"X", b"", b"Task-Tenant", b"ce-id"]
    lines = []
    for _ in range(chance.randrange(6)):
        key = chance.choice(keys)
        value = chance.choice([text(chance, 12), b"1", b"-1", b"nan", b"1e999", b"x" * 1000, b"", b"a: b: c"])
        lines.append(key + chance.choice([b": ", b":", b" : ", b""]) + value)
    block = headers(*lines)
    if chance.random() < 0.1:
        block = block[:-4] + b"\n\n" + b"\r\n\r\n"
    return block


def payload(chance: random.Random) -> bytes:
    return chance.choice(
        [b'{"x": 3}', b"", text(chance, 40), b"[" * 300, b'{"x": 1e400}', b'"\xed\xa0\x80"', b"null"]
    )


async def open_worker(stack: contextlib.AsyncExitStack, url: str):
    settings = WorkerSettings(nats=NatsSettings(url=url), targets=(JOBS,), slots=8)
    return await stack.enter_async_context(service.running(settings, registry.load([JOBS]).values()))


async def served_queue_is_empty(bus: Bus) -> bool:
    state = (await Records(bus, "TASKS").info("task.jobs.>"))["state"]
    served = [
        subject
        for subject in state.get("subjects") or {}
        if subject.split(".")[2] in ("low", "medium", "high", "critical")
    ]
    return not served


async def test_a_thousand_strange_messages_are_all_settled_and_the_worker_lives(
    nats_server, bus: Bus, client: Client
):
    print(f"FAULT_SEED={SEED}")
    chance = random.Random(SEED)
    async with contextlib.AsyncExitStack() as stack:
        worker = await open_worker(stack, nats_server.url)
        raw = await Raw.connect(nats_server.url)
        for number in range(1000):
            if chance.random() < 0.5:
                raw.publish(subject(chance), payload(chance))
            else:
                raw.publish_headers(subject(chance), header_block(chance), payload(chance))
            if number % 100 == 99 and not await raw.barrier():
                await raw.close()
                raw = await Raw.connect(nats_server.url)
        await raw.barrier()
        await raw.close()
        await until(lambda: served_queue_is_empty(bus), 20, "every message of a served lane is settled")
        assert (await client.run("jobs.square", {"x": 9}, wait=5)).state == "completed"
        assert worker.state.bus.connected
        assert worker.slots.busy == 0
    decoder = msgspec.json.Decoder(Result)
    states: dict[str, int] = {}
    async for record in Records(bus, "RESULTS").scan("result.>"):
        result = decoder.decode(record.data)
        states[result.state] = states.get(result.state, 0) + 1
    print(states)
    assert states["rejected"] > 50
    assert states["completed"] > 20


WEIRD = {
    "no status line": b"Nats-Msg-Id: a\r\n\r\n",
    "another protocol": b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
    "only the status line": b"NATS/1.0\r\n\r\n",
    "a status like the server's own": b"NATS/1.0 503\r\n\r\n",
    "a status with a text": b"NATS/1.0 404 No Messages\r\n\r\n",
    "a status that is no number": b"NATS/1.0 abc\r\n\r\n",
    "a line without a colon": headers(b"nonsense"),
    "an empty key": headers(b": value"),
    "an empty value": headers(b"Key:"),
    "bytes that are not UTF-8": headers(b"Nats-Msg-Id: \xff\xfe\xfd"),
    "a key that is not UTF-8": headers(b"\xff\xfe: value"),
    "a NUL": headers(b"Nats-Msg-Id: a\x00b"),
    "a folded line": headers(b"Nats-Msg-Id: a", b" folded"),
    "a lone carriage return": headers(b"Nats-Msg-Id: a\rX-Injected: b"),
    "a lone line feed": headers(b"Nats-Msg-Id: a\nX-Injected: b"),
    "an early end": b"NATS/1.0\r\nA: b\r\n\r\nTask-Timeout: 1\r\n\r\n",
    "no end": b"NATS/1.0\r\nA: b",
    "one header a thousand times": headers(*([b"Task-Timeout: 5"] * 1000)),
    "60 kB": headers(b"X: " + b"y" * 60_000),
    "the same key twice": headers(b"Task-Max-Attempts: 1", b"Task-Max-Attempts: nonsense"),
    "another case": headers(b"task-timeout: 5", b"NATS-MSG-ID: a"),
    "a reply in a header": headers(b"Nats-Expected-Stream: TASKS", b"Nats-TTL: 1h"),
    "a door that lies": headers(b"Task-Door: http", b"Nats-Msg-Id: lied-1"),
    "nothing at all": b"\r\n\r\n",
}


async def test_no_header_block_makes_the_worker_deaf(nats_server, bus: Bus, client: Client):
    """Each of them reaches the worker's connection, and a task after each of them still runs at once."""
    async with contextlib.AsyncExitStack() as stack:
        worker = await open_worker(stack, nats_server.url)
        wounded: list[str] = []
        for what, block in WEIRD.items():
            raw = await Raw.connect(nats_server.url)
            raw.publish_headers(b"task.jobs.high.square", block, b'{"x": 2}')
            await raw.barrier()
            await raw.close()
            try:
                result = await client.run("jobs.square", {"x": 3}, wait=3)
            except errors.RevoError as error:
                wounded.append(f"{what}: {error}")
                continue
            if result.state != "completed":
                wounded.append(f"{what}: {result.error}")
        await until(lambda: served_queue_is_empty(bus), 10, "every message is settled")
        assert worker.state.bus.connected
        assert not wounded


async def test_what_nobody_serves_stays_in_sight(nats_server, bus: Bus):
    async with contextlib.AsyncExitStack() as stack:
        await open_worker(stack, nats_server.url)
        await bus.post("task.nobody.high.thing.a-1", b"{}")
        await bus.post("task.jobs.urgent.square", b'{"x": 1}')

        async def both() -> bool:
            state = (await Records(bus, "TASKS").info("task.>"))["state"]
            return set(state.get("subjects") or {}) == {
                "task.nobody.high.thing.a-1",
                "task.jobs.urgent.square",
            }

        await until(both, 5, "both wait, and are seen by their subjects")


async def test_a_header_cannot_make_a_message_of_its_own(
    nats_server, bus: Bus, client: Client, tmp_path: Path
):
    async with contextlib.AsyncExitStack() as stack:
        await open_worker(stack, nats_server.url)
        evil = "a\r\n\r\n+ACK\r\nPUB task.jobs.critical.leave 2\r\n{}\r\n"
        with contextlib.suppress(ValueError, errors.RevoError):
            await bus.post("task.jobs.square", b'{"x": 1}', headers={"Nats-Msg-Id": evil})
        assert (await client.run("jobs.square", {"x": 2}, wait=5)).state == "completed"
        async for record in Records(bus, "RESULTS").scan("result.>"):
            assert ".leave." not in record.subject
