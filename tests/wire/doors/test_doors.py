"""Every door gives the same task: what the worker sees of it and what comes of it are equal, byte by byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest
import websockets
from msgspec import Raw

from subjects import codec
from subjects.bus import Bus, Records
from subjects.messages import Result, Submission

from .conftest import Command, Place

PLAIN_INPUT = '{"x":7,"text":"caf\u00e9 \\" {}"}'
FULL = {"priority": "high", "id": "door-1", "timeout": 7.5, "max_attempts": 2}


def seen(**changes: object) -> dict[str, object]:
    """What the worker must see."""
    return {
        "x": 7,
        "text": 'café " {}',
        "name": "doors.echo",
        "priority": "medium",
        "attempt": 1,
        "timeout": None,
        "max_attempts": None,
        "parent": None,
        "schedule": None,
        "tenant": None,
        "agent": None,
        "memory": None,
        "input": PLAIN_INPUT,
        **changes,
    }


async def only_result(bus: Bus) -> Result:
    """The one result there is, as soon as it is there; fails where there is a second one."""
    records = Records(bus, "RESULTS")
    async with asyncio.timeout(30):
        while not (found := [record async for record in records.scan("result.>")]):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    (record,) = found
    return codec.decode(record.data, msgspec.json.Decoder(Result))


def told(result: Result) -> dict[str, object]:
    """The result without what differs from run to run."""
    whole = json.loads(codec.encode(result))
    for name in ("id", "submitted_at", "started_at", "finished_at", "trace"):
        del whole[name]
    return whole


def expected(**changes: object) -> dict[str, object]:
    """What must come of it."""
    output = seen(**changes)
    return {
        "queue": "doors",
        "function": "echo",
        "state": "completed",
        "input": json.loads(PLAIN_INPUT),
        "output": output,
        "error": None,
        "attempts": 1,
        "worker": "w-doors",
        "priority": output["priority"],
        "parent": None,
        "schedule": None,
        "usage": None,
        "timeout": output["timeout"],
        "max_attempts": output["max_attempts"],
        "tenant": None,
        "agent": None,
        "memory": output["memory"],
    }


Door = Callable[[Place], Awaitable[None]]


async def nats_pub(place: Place) -> None:
    said = await place.nats("pub", "--no-templates", "task.doors.echo", PLAIN_INPUT)
    assert said.code == 0, said.err


async def nats_req(place: Place) -> None:
    said = await place.nats("req", "--no-templates", "task.doors.echo", PLAIN_INPUT)
    assert '"stream":"TASKS"' in said.out.replace(" ", ""), "it shows where the task was stored"


async def raw_pub(place: Place) -> None:
    """The protocol itself, byte by byte: what every client of NATS in every language does."""
    payload = PLAIN_INPUT.encode()
    await raw(place, b"PUB task.doors.echo %d\r\n%b\r\n" % (len(payload), payload))


async def python_start(place: Place) -> None:
    await place.client.submit(Submission(function="doors.echo", input=Raw(PLAIN_INPUT.encode())))


async def http_post(place: Place) -> None:
    await post(place, "/api/tasks", b'{"function":"doors.echo","input":%b}' % PLAIN_INPUT.encode())


async def http_batch(place: Place) -> None:
    await post(
        place, "/api/tasks/batch", b'{"tasks":[{"function":"doors.echo","input":%b}]}' % PLAIN_INPUT.encode()
    )


async def socket_submit(place: Place) -> None:
    await socket(place, f'{{"function":"doors.echo","input":{PLAIN_INPUT}}}')


async def revo_run(place: Place) -> None:
    said = await place.revo("run", "doors.echo", "-i", PLAIN_INPUT)
    assert said.code == 0, said.err
    assert '"x": 7' in said.out or '"x":7' in said.out


PLAIN: list[Door] = [
    nats_pub,
    nats_req,
    raw_pub,
    python_start,
    http_post,
    http_batch,
    socket_submit,
    revo_run,
]


async def nats_pub_in_full(place: Place) -> None:
    said = await place.nats(
        "pub", "--no-templates", "task.doors.high.echo.door-1", PLAIN_INPUT, *heads("Task-Timeout:7.5")
    )
    assert said.code == 0, said.err


async def nats_pub_with_its_id_in_a_header(place: Place) -> None:
    said = await place.nats(
        "pub",
        "--no-templates",
        "task.doors.high.echo",
        PLAIN_INPUT,
        *heads("Task-Timeout:7.5", "Nats-Msg-Id:door-1"),
    )
    assert said.code == 0, said.err


async def nats_req_in_full(place: Place) -> None:
    said = await place.nats(
        "req", "--no-templates", "task.doors.high.echo.door-1", PLAIN_INPUT, *heads("Task-Timeout:7.5")
    )
    assert '"stream":"TASKS"' in said.out.replace(" ", "")


async def raw_pub_in_full(place: Place) -> None:
    head = b"NATS/1.0\r\nTask-Timeout: 7.5\r\nTask-Max-Attempts: 2\r\n\r\n"
    body = PLAIN_INPUT.encode()
    line = b"HPUB task.doors.high.echo.door-1 %d %d\r\n" % (len(head), len(head) + len(body))
    await raw(place, line + head + body + b"\r\n")


async def python_in_full(place: Place) -> None:
    await place.client.submit(Submission(function="doors.echo", input=Raw(PLAIN_INPUT.encode()), **FULL))


async def http_in_full(place: Place) -> None:
    await post(place, "/api/tasks", body_in_full())


async def http_batch_in_full(place: Place) -> None:
    await post(place, "/api/tasks/batch", b'{"tasks":[%b]}' % body_in_full())


async def socket_in_full(place: Place) -> None:
    await socket(place, body_in_full().decode())


async def revo_in_full(place: Place) -> None:
    options = ("--priority", "high", "--id", "door-1", "--timeout", "7.5", "--max-attempts", "2")
    said = await place.revo("run", "doors.echo", "-i", PLAIN_INPUT, *options)
    assert said.code == 0, said.err


IN_FULL: list[Door] = [
    nats_pub_in_full,
    nats_pub_with_its_id_in_a_header,
    nats_req_in_full,
    raw_pub_in_full,
    python_in_full,
    http_in_full,
    http_batch_in_full,
    socket_in_full,
    revo_in_full,
]


def heads(*lines: str) -> list[str]:
    return [word for line in ("Task-Max-Attempts:2", *lines) for word in ("-H", line)]


def body_in_full() -> bytes:
    return msgspec.json.encode({"function": "doors.echo", "input": Raw(PLAIN_INPUT.encode()), **FULL})


async def raw(place: Place, lines: bytes) -> None:
    host, port = place.nats_url.removeprefix("nats://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n' + lines + b"PING\r\n")
    async with asyncio.timeout(30):
        while not (await reader.readline()).startswith(b"PONG"):
            pass
    writer.close()
    await writer.wait_closed()


async def post(place: Place, path: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=place.http, trust_env=False) as client:
        answer = await client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 202), answer.text


async def socket(place: Place, payload: str) -> None:
    async with websockets.connect(
        place.http.replace("http", "ws") + "/ws/door-tab", proxy=None
    ) as connection:
        await connection.send(f'{{"type":"submit","id":1,"payload":{payload}}}')
        async with asyncio.timeout(30):
            while (frame := json.loads(await connection.recv()))["type"] != "ack":
                assert frame["type"] != "error", frame


@pytest.fixture
def place(request, bus, client, nats_server, gateway, revo) -> Place:
    """All doors; the command line of NATS only for those that go through it."""
    door: Door = request.node.callspec.params["door"]
    nats: Command = request.getfixturevalue("nats") if door.__name__.startswith("nats") else revo
    return Place(bus, client, nats_server.url, gateway, nats, revo)


@pytest.mark.parametrize("door", PLAIN, ids=lambda door: door.__name__)
async def test_every_door_gives_the_same_task(door: Door, place: Place):
    await door(place)
    result = await only_result(place.bus)
    assert json.loads(bytes(result.output)) == seen()
    assert told(result) == expected()


@pytest.mark.parametrize("door", IN_FULL, ids=lambda door: door.__name__)
async def test_every_door_can_say_all_there_is_to_say(door: Door, place: Place):
    await door(place)
    result = await only_result(place.bus)
    assert result.id == "door-1"
    said = {key: value for key, value in FULL.items() if key != "id"}
    assert json.loads(bytes(result.output)) == seen(**said)
    assert told(result) == expected(**said)
