"""The gate, over its socket: what it connects to, what it says no to, and when it has enough."""

import asyncio
import contextlib

import pytest

from functions.adapters.egress import LocalEgress
from functions.ports import Bounds, Ways


class Echo:
    """A server that says what it was sent, in capitals."""

    def __init__(self):
        self.heads = []

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + self.heads[-1].upper())
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def echo():
    own = Echo()
    server = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    own.port = server.sockets[0].getsockname()[1]
    try:
        yield own
    finally:
        server.close()


async def said(gate, data):
    """Everything that the gate answers to what is sent to it."""
    reader, writer = await asyncio.open_unix_connection(gate.socket)
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


def connect(target, inner=b"GET / HTTP/1.1\r\n\r\n"):
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode() + inner


async def test_an_opened_place_is_reached_plain_and_by_tunnel(tmp_path):
    async with echo() as far:
        place = f"127.0.0.1:{far.port}"
        async with LocalEgress(Ways(private=(place,))).opened(tmp_path, Bounds()) as gate:
            plain = await said(gate, f"GET http://{place}/a HTTP/1.1\r\nHost: elsewhere\r\n\r\n".encode())
            assert b"GET /A HTTP/1.1" in plain
            assert place.encode() in far.heads[0]
            assert b"elsewhere" not in far.heads[0]
            assert b"200 Connection established" in await said(gate, connect(place))
            (decision,) = gate.decisions
            assert (decision.verdict, decision.address, decision.count) == ("made", "127.0.0.1", 2)
            assert gate.passed > 0


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:80", "localhost:443", "2130706433:80", "0x7f000001:80", "0177.0.0.1:80", "127.1:80",
        "[::1]:80",        "[::ffff:127.0.0.1]:80", "0:80", "169.254.169.254:80", "[fd00:ec2::254]:80",
        "10.0.0.1:443", "LOCALHOST.:80",
    ],
)  # fmt: skip
async def test_no_spelling_of_a_private_address_passes(tmp_path, target):
    async with LocalEgress(Ways()).opened(tmp_path, Bounds()) as gate:
        assert (await said(gate, connect(target))).startswith(b"HTTP/1.1 403 ")
        assert (await said(gate, f"GET http://{target}/ HTTP/1.1\r\n\r\n".encode())).startswith(
            b"HTTP/1.1 403 "
        )
        assert {own.verdict for own in gate.decisions} == {"refused"}


async def test_a_name_that_changes_its_address_is_looked_up_once_and_what_was_checked_is_reached(tmp_path):
    asked = []

    async def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    async with echo() as far:
        ways = Ways(private=(f"rebind.example:{far.port}",))
        async with LocalEgress(ways, rebinding).opened(tmp_path, Bounds()) as gate:
            assert b"200" in await said(gate, connect(f"rebind.example:{far.port}"))
            assert (asked, len(far.heads)) == (["rebind.example"], 1)


async def test_a_name_with_one_private_address_among_public_ones_is_refused(tmp_path):
    async def mixed(host, port):
        return ["93.184.215.14", "10.0.0.1"]

    async with LocalEgress(Ways(), mixed).opened(tmp_path, Bounds()) as gate:
        assert b"not a public address (private)" in await said(gate, connect("mixed.example:443"))


async def test_a_name_without_an_address_has_failed_and_is_not_refused(tmp_path):
    async def nowhere(host, port):
        raise OSError

    async with LocalEgress(Ways(), nowhere).opened(tmp_path, Bounds()) as gate:
        assert (await said(gate, connect("gone.example:443"))).startswith(b"HTTP/1.1 502 ")
        assert [own.verdict for own in gate.decisions] == ["failed"]


async def test_our_own_services_are_closed_even_where_the_setting_opens_their_network(tmp_path):
    async with echo() as far:
        ways = Ways(
            private=("127.0.0.0/8", f"127.0.0.1:{far.port}"), services=(f"nats://127.0.0.1:{far.port}",)
        )
        async with LocalEgress(ways).opened(tmp_path, Bounds()) as gate:
            assert b"one of our own services" in await said(gate, connect(f"127.0.0.1:{far.port}"))
        assert far.heads == []


@pytest.mark.parametrize(
    "first",
    [
        "GET file:///etc/passwd HTTP/1.1", "GET /etc HTTP/1.1", "GET ftp://a/ HTTP/1.1",
        "GET https://a/ HTTP/1.1", "CONNECT a HTTP/1.1", "CONNECT a:22 HTTP/1.1",
        "PRI * HTTP/2.0", "\x16\x03\x01",
    ],
)  # fmt: skip
async def test_what_is_no_web_request_is_refused(tmp_path, first):
    async with LocalEgress(Ways()).opened(tmp_path, Bounds()) as gate:
        assert (await said(gate, f"{first}\r\n\r\n".encode())).startswith(b"HTTP/1.1 403 ")


async def test_a_second_request_in_the_same_connection_is_not_passed_on(tmp_path):
    async with echo() as far:
        place = f"127.0.0.1:{far.port}"
        async with LocalEgress(Ways(private=(place,))).opened(tmp_path, Bounds()) as gate:
            one = f"GET http://{place}/ HTTP/1.1\r\n\r\n".encode()
            await said(gate, one + b"GET http://10.0.0.1/ HTTP/1.1\r\n\r\n")
        assert len(far.heads) == 1
        assert b"10.0.0.1" not in far.heads[0]


async def test_bytes_and_connections_are_bounded(tmp_path):
    async with echo() as far:
        place = f"127.0.0.1:{far.port}"
        egress = LocalEgress(Ways(private=(place,)))
        async with egress.opened(tmp_path, Bounds(most_bytes=100)) as gate:
            answer = await said(gate, connect(place, b"GET /" + b"x" * 60 + b" HTTP/1.1\r\n\r\n"))
            assert len(answer.partition(b"\r\n\r\n")[2]) <= 100
            assert (gate.passed, gate.exhausted) == (100, "more than 100 bytes")
            assert b"more than 100 bytes" in await said(gate, connect(place))
        async with egress.opened(tmp_path, Bounds(most_connections=2)) as gate:
            for _ in range(2):
                assert b"200" in await said(gate, connect(place))
            assert b"more than 2 connections" in await said(gate, connect(place))


async def test_a_closed_gate_leaves_no_socket_and_no_connection(tmp_path):
    async with LocalEgress(Ways()).opened(tmp_path, Bounds()) as gate:
        reader, writer = await asyncio.open_unix_connection(gate.socket)
        writer.write(b"GET http://never.example/")
        await writer.drain()
        while not gate._serving:  # noqa: ASYNC110 - no event tells that it was taken on
            await asyncio.sleep(0)
    assert await reader.read() == b""
    writer.close()
    assert list(tmp_path.iterdir()) == []
