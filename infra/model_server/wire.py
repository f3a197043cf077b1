"""Just enough HTTP: one request after the other on a connection, answers whole or in pieces."""

import asyncio
from typing import Any

import msgspec

from infra.model_server import words
from infra.model_server.script import Asked, Say

PIECE = 8
"""Characters in one piece of a streamed answer."""
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


async def request(reader: asyncio.StreamReader) -> Asked | None:
    """The next request of a connection; None where there is no more."""
    line = await reader.readline()
    if not line:
        return None
    path = line.decode("latin-1").split(" ")[1]
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    key = headers.get("authorization", "").removeprefix("Bearer ")
    return Asked(path, key, msgspec.json.decode(body) if body else {})


async def send(
    writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "", cut: int | None = None
) -> None:
    """An answer with a length; with `cut`, its first bytes and the end of the connection."""
    head = (
        f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{extra}\r\n"
    )
    writer.write(head.encode() + (body if cut is None else body[:cut]))
    await writer.drain()
    if cut is not None:
        raise ConnectionAbortedError


async def stream(writer: asyncio.StreamWriter, asked: Asked, say: Say) -> None:
    """An answer in pieces, as server-sent events."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    text = [say.text[place : place + PIECE] for place in range(0, len(say.text), PIECE)]
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in text]
    for place, call in enumerate(words.calls(say)):
        given = call["function"]["arguments"]
        half = len(given) // 2
        begun = {**call, "index": place, "function": {**call["function"], "arguments": given[:half]}}
        deltas += [{"tool_calls": [begun]}]
        deltas += [{"tool_calls": [{"index": place, "function": {"arguments": given[half:]}}]}]
    for place, delta in enumerate(deltas):
        if say.cut is not None and place >= say.cut:
            break
        _event(writer, asked, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        await writer.drain()
    if say.cut is None:
        _event(writer, asked, {"choices": [{"index": 0, "delta": {}, "finish_reason": words.finish(say)}]})
        if say.tokens is not None:
            _event(writer, asked, {"choices": [], "usage": words.usage(say)})
        _chunk(writer, b"data: [DONE]\n\n")
    # A stream that is cut ends in order as far as HTTP can tell: that is the hard case.
    _chunk(writer, b"")
    await writer.drain()


def _event(writer: asyncio.StreamWriter, asked: Asked, said: dict[str, Any]) -> None:
    own = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": asked.body.get("model")}
    _chunk(writer, b"data: " + msgspec.json.encode({**own, **said}) + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
