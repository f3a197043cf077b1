"""Where the gateway says no, or not now; and that it lives on."""

import asyncio

import httpx

from tests.wire.gateway.conftest import serving, standing


async def raw(url, data):
    """What the gateway answers to bytes that no HTTP client would send."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    answer = await reader.read(4096)
    writer.close()
    return answer


async def test_what_is_no_http_is_refused_and_the_gateway_lives(gateway, http):
    assert b"400 Bad Request" in await raw(gateway.url, b"\x16\x03\x01 nonsense\r\n\r\n")
    assert (await http.get("/livez")).status_code == 200


async def test_a_head_without_end_is_refused(gateway):
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 4000) for n in range(40))
    assert b" 431 " in await raw(gateway.url, head)


async def test_a_head_in_pieces_after_a_large_body_is_no_large_head(gateway):
    body = b'{"function": "text.shout", "input": "' + b"x" * 200_000 + b'"}'
    first = b"POST /api/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    host, port = gateway.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(first + body)
    assert b" 202 " in await reader.readuntil(b"\r\n\r\n")
    for piece in (b"GET /livez HT", b"TP/1.1\r\nHost: x\r\n", b"Connection: close\r\n\r\n"):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    assert b"200 OK" in await reader.read()
    writer.close()


async def test_a_store_without_room_is_507_and_nothing_breaks(tmp_path):
    async with (
        standing(tmp_path, max_store=3 << 20) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        body = {"function": "text.shout", "input": "x" * 500_000}
        answers = [await http.post("/api/tasks", json=body) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code != 202]
        assert refused
        assert {answer.status_code for answer in refused} == {507}
        assert refused[0].json()["code"] == "store_full"
        assert refused[0].json()["retryable"] is True
        assert int(refused[0].headers["retry-after"]) > 0
        assert (await http.get("/livez")).status_code == 200


async def test_too_many_open_submissions_are_429(nats_server, announced):
    async with serving(nats_server.url, max_submits=1) as gateway:
        async with httpx.AsyncClient(base_url=gateway.url) as http:
            body = {"function": "text.shout"}
            answers = await asyncio.gather(*(http.post("/api/tasks", json=body) for _ in range(40)))
        told = {answer.status_code for answer in answers}
        assert told <= {202, 429}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert all(
            answer.json()["code"] == "overloaded" and answer.headers["retry-after"] for answer in refused
        )
        assert refused
