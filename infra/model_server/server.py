"""The running server: takes requests, answers by the script."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from functions.providers import Budget, ModelEntry, ModelSettings, Provider
from infra.model_server import wire, words
from infra.model_server.script import Answer, Asked, Say

MOST_BODY = 64 << 20


class ModelServer:
    """The running server. Made by `model_server`."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers: list[Answer] = list(answers)
        self.asked: list[Asked] = []
        self.models: list[str] = ["scripted"]
        self.url = ""
        self.most_at_once = 0
        """Questions that were being answered at the same time, at most."""
        self._answering = 0
        self.broken: Exception | None = None
        """What a callable of the script raised; the context raises it again at its end."""
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
            while (request := await wire.request(reader)) is not None:
                await self._respond(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        except Exception as error:  # noqa: BLE001 - a script may assert whatever it likes
            self.broken = error
        finally:
            self._open.discard(task)
            writer.close()

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/models"):
            data = [{"id": name, "object": "model"} for name in self.models]
            await wire.send(writer, 200, msgspec.json.encode({"object": "list", "data": data}))
            return
        self.asked.append(asked)
        if not asked.path.endswith(("/chat/completions", "/embeddings")):
            await wire.send(writer, 404, msgspec.json.encode({"error": {"message": f"no {asked.path} here"}}))
            return
        self._answering += 1
        self.most_at_once = max(self.most_at_once, self._answering)
        try:
            await self._answer(asked, writer)
        finally:
            self._answering -= 1

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        say = self._next(asked)
        await asyncio.sleep(say.wait)
        if say.status != 200:
            extra = "" if say.retry_after is None else f"retry-after: {say.retry_after:g}\r\n"
            said = {
                "error": {"message": say.text or wire.REASONS.get(say.status, "broken"), "type": "scripted"}
            }
            await wire.send(writer, say.status, say.body or msgspec.json.encode(said), extra)
        elif asked.body.get("stream") and say.body is None:
            await wire.stream(writer, asked, say)
        else:
            whole = (
                words.vectors(asked, say)
                if asked.path.endswith("/embeddings")
                else words.completion(asked, say)
            )
            await wire.send(
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
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=MOST_BODY)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
        await made.close()
        await server.wait_closed()
    if made.broken is not None:
        raise made.broken
