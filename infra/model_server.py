"""A language model for tests: a real HTTP server with the protocol of OpenAI, which says what a test wrote.

    async with model_server("Paris", Say(status=429, retry_after=0.1), Say("Berlin")) as server:
        ...                                # point a provider at server.url
        assert server.asked[0].prompt == "The capital of France?"

Answers are given in order; a callable answers by what was asked, again and again. When none is left it
repeats what the user said, so that a test that forgot an answer sees which question it was.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from functions.providers import Budget, ModelEntry, ModelSettings, Provider

PIECE = 8
"""Characters in one piece of a streamed answer."""
DIMENSIONS = 8
_MOST_BODY = 64 << 20
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class Say(Struct, frozen=True):
    """One answer. What is not said is as a well-behaved server has it."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    """Calls of tools: name and arguments; a str goes out as it is, JSON or not."""
    status: int = 200
    retry_after: float | None = None
    wait: float = 0.0
    """Seconds before anything is answered."""
    cut: int | None = None
    """The connection ends after so many pieces of a stream, or bytes of a whole answer."""
    body: bytes | None = None
    """Sent as it is, instead of an answer."""
    finish: str | None = None
    tokens: tuple[int, int] | None = (11, 7)
    """Input and output, as the server counts them; None: it does not say."""
    cached: int = 0


class Asked(Struct, frozen=True):
    """One request as it came."""

    path: str
    key: str
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """What the user said last."""
        said = [str(own.get("content")) for own in self.body.get("messages", ()) if own.get("role") == "user"]
        return said[-1] if said else ""


Answer = Say | str | Callable[[Asked], Say | str]


class ModelServer:
    """The running server. Made by `model_server`."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers: list[Answer] = list(answers)
        self.asked: list[Asked] = []
        self.models: list[str] = ["scripted"]
        self.url = ""
        self._open: set[asyncio.Task[None]] = set()

    def settings(self, budget: Budget | None = None, **given: Any) -> ModelSettings:
        """Settings with this server as the only provider; `given` are members of its Provider."""
        models = (ModelEntry("scripted"), ModelEntry("scripted-vectors", kind="embedding"))
        own = {"name": "scripted", "url": self.url, "models": models, "timeout": 10.0, **given}
        return ModelSettings(provider=(Provider(**own),), budget=budget or Budget())

    async def close(self) -> None:
        """End all connections."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while (request := await _request(reader)) is not None:
                await self._respond(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            self._open.discard(task)
            writer.close()

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/models"):
            data = [{"id": name, "object": "model"} for name in self.models]
            await _send(writer, 200, msgspec.json.encode({"object": "list", "data": data}))
            return
        self.asked.append(asked)
        if not asked.path.endswith(("/chat/completions", "/embeddings")):
            await _send(writer, 404, msgspec.json.encode({"error": {"message": f"no {asked.path} here"}}))
            return
        say = self._next(asked)
        await asyncio.sleep(say.wait)
        if say.status != 200:
            extra = "" if say.retry_after is None else f"retry-after: {say.retry_after:g}\r\n"
            said = {"error": {"message": say.text or _REASONS.get(say.status, "broken"), "type": "scripted"}}
            await _send(writer, say.status, say.body or msgspec.json.encode(said), extra)
        elif asked.body.get("stream") and say.body is None:
            await _stream(writer, asked, say)
        else:
            whole = _vectors(asked, say) if asked.path.endswith("/embeddings") else _completion(asked, say)
            await _send(
                writer, 200, msgspec.json.encode(whole) if say.body is None else say.body, cut=say.cut
            )

    def _next(self, asked: Asked) -> Say:
        first: Answer = f"You said: {asked.prompt}"
        if self.answers:
            first = self.answers[0] if callable(self.answers[0]) else self.answers.pop(0)
        said = first(asked) if callable(first) else first
        return Say(said) if isinstance(said, str) else said


@contextlib.asynccontextmanager
async def model_server(*answers: Answer) -> AsyncIterator[ModelServer]:
    """A server on a free port of this machine, gone when the context ends."""
    made = ModelServer(answers)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=_MOST_BODY)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
        await made.close()
        await server.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
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


async def _send(
    writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "", cut: int | None = None
) -> None:
    head = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{extra}\r\n"
    )
    writer.write(head.encode() + (body if cut is None else body[:cut]))
    await writer.drain()
    if cut is not None:
        raise ConnectionAbortedError


async def _stream(writer: asyncio.StreamWriter, asked: Asked, say: Say) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    text = [say.text[place : place + PIECE] for place in range(0, len(say.text), PIECE)]
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in text]
    for place, call in enumerate(_calls(say)):
        words = call["function"]["arguments"]
        half = len(words) // 2
        begun = {**call, "index": place, "function": {**call["function"], "arguments": words[:half]}}
        deltas += [{"tool_calls": [begun]}]
        deltas += [{"tool_calls": [{"index": place, "function": {"arguments": words[half:]}}]}]
    for place, delta in enumerate(deltas):
        if say.cut is not None and place >= say.cut:
            break
        _event(writer, asked, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        await writer.drain()
    if say.cut is None:
        _event(writer, asked, {"choices": [{"index": 0, "delta": {}, "finish_reason": _finish(say)}]})
        if say.tokens is not None:
            _event(writer, asked, {"choices": [], "usage": _usage(say)})
        _chunk(writer, b"data: [DONE]\n\n")
    # A stream that is cut ends in order as far as HTTP can tell: that is the hard case.
    _chunk(writer, b"")
    await writer.drain()


def _event(writer: asyncio.StreamWriter, asked: Asked, said: dict[str, Any]) -> None:
    own = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": asked.body.get("model")}
    _chunk(writer, b"data: " + msgspec.json.encode({**own, **said}) + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def _completion(asked: Asked, say: Say) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.calls:
        message["tool_calls"] = _calls(say)
    own = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": asked.body.get("model")}
    choice = {"index": 0, "message": message, "finish_reason": _finish(say)}
    return {**own, "choices": [choice], **({"usage": _usage(say)} if say.tokens is not None else {})}


def _vectors(asked: Asked, say: Say) -> dict[str, Any]:
    """Vectors that differ with the bytes of the text, and mean nothing."""
    texts = asked.body["input"]
    data = [
        {"object": "embedding", "index": place, "embedding": _vector(text)}
        for place, text in enumerate(texts)
    ]
    return {"object": "list", "model": asked.body.get("model"), "data": data, "usage": _usage(say)}


def _vector(text: str) -> list[float]:
    counts = [1.0] * DIMENSIONS
    for byte in text.encode():
        counts[byte % DIMENSIONS] += 1
    length = sum(count * count for count in counts) ** 0.5
    return [count / length for count in counts]


def _usage(say: Say) -> dict[str, Any]:
    given, made = say.tokens or (0, 0)
    details = {"cached_tokens": say.cached}
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": details,
    }


def _calls(say: Say) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call-{place}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": given if isinstance(given, str) else msgspec.json.encode(given).decode(),
            },
        }
        for place, (name, given) in enumerate(say.calls)
    ]


def _finish(say: Say) -> str:
    return say.finish or ("tool_calls" if say.calls else "stop")
